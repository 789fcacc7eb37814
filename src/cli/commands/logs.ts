import type { Api } from '../../api/routes/catalogue.ts';
import type { QueryOf } from '../../api/routes/route.ts';
import type { KeptLine } from '../../factors/11-logs/log-query.ts';
import { logText } from '../../factors/11-logs/log-text.ts';
import { followLog } from '../follow-log.ts';
import { logPrinter } from '../log-lines.ts';
import { command, usage } from '../spec.ts';
import { findAppName, findPlatform } from '../target.ts';

type Query = QueryOf<Api['GET /dozen/v1/apps/:app/logs']>;

const usualLines = 100;
const me = { name: 'logs' };

export const logs = command({
  name: 'logs',
  summary: "shows the app's log",
  onApp: true,
  options: {
    tail: { type: 'boolean', short: 't', help: 'goes on with what comes, over restarts of the platform' },
    num: { type: 'string', short: 'n', value: 'N', help: `the last N lines (default: ${usualLines})` },
    source: {
      type: 'string',
      short: 's',
      value: 'app|dozen',
      help: "the app's own lines, or the platform's",
    },
    process: {
      type: 'string',
      short: 'p',
      value: 'NAME',
      help: 'of a process type, or one: web, web.1, router',
    },
    since: { type: 'string', value: 'WHEN', help: 'from then on: 10m, 2h, 14:30 or 2026-01-31T14:30' },
    until: { type: 'string', value: 'WHEN', help: 'up to then' },
    grep: {
      type: 'string',
      value: 'TEXT',
      help: 'lines that hold it; /RE/ and /RE/i are regular expressions',
    },
  },
  details:
    'With --since or --until, all lines that fit are shown. --json gives a line of JSON for each. Regular expressions are in the syntax of RE2.',
  examples: [
    ['dozen logs -a shop', 'the last 100 lines'],
    ['dozen logs --tail --process web', 'what the web processes say'],
    ['dozen logs --since 1h --source dozen', 'what the platform said in the last hour'],
    ['dozen logs --grep "/status=5../" -n 20', 'the last 20 that match'],
  ],
  async run({ app: given, json, options }) {
    const { id } = await findPlatform().ask('GET /apps/:app', { params: { app: findAppName(given) } });
    const query = await queryOf(options, Date.now());
    const print = printer(json);
    if (!options.tail) {
      const params = { app: id };
      for await (const line of findPlatform().follow('GET /dozen/v1/apps/:app/logs', { params, query }))
        process.stdout.write(print(line));
      return 0;
    }
    const signal = new AbortController().signal;
    const note = (text: string): void => void process.stderr.write(`${text}\n`);
    const onAway = ({ message }: Error): void => note(`${message}. The log goes on when it is back`);
    const onBack = (): void => note('The log goes on');
    const lines = followLog({ findClient: findPlatform, app: id, query, signal, onAway, onBack });
    for await (const line of lines) process.stdout.write(print(line));
    return 0;
  },
});

interface Given {
  readonly num: string | null;
  readonly source: string | null;
  readonly process: string | null;
  readonly since: string | null;
  readonly until: string | null;
  readonly grep: string | null;
}

async function queryOf(given: Given, now: number): Promise<Query> {
  const { process, grep } = given;
  const since = await momentOf(given.since, now);
  const until = await momentOf(given.until, now);
  const num = given.num ?? (since === null && until === null ? String(usualLines) : null);
  if (num !== null && !/^\d{1,9}$/.test(num))
    throw usage(me, `${JSON.stringify(num)} is not a number of lines`);
  return {
    ...(num === null ? {} : { num }),
    ...sourceOf(given.source),
    ...(process === null ? {} : { process }),
    ...(since === null ? {} : { since }),
    ...(until === null ? {} : { until }),
    ...(grep === null ? {} : { grep }),
  };
}

/** `heroku` is what Heroku calls the platform. */
function sourceOf(source: string | null): Pick<Query, 'source'> {
  switch (source) {
    case null:
      return {};
    case 'app':
      return { source };
    case 'dozen':
    case 'heroku':
      return { source: 'dozen' };
    default:
      throw usage(me, `${JSON.stringify(source.slice(0, 40))} is not a source: app and dozen are`);
  }
}

/** As meant where it was typed. */
async function momentOf(text: string | null, now: number): Promise<string | null> {
  if (text === null) return null;
  const { parseWhen } = await import('../../factors/11-logs/log-query.ts');
  return String(parseWhen(text, now, Intl.DateTimeFormat().resolvedOptions().timeZone));
}

function printer(json: boolean): (line: KeptLine) => string {
  const { stdout } = process;
  if (json) return (line) => `${JSON.stringify(line)}\n`;
  return stdout.isTTY ? logPrinter(stdout) : (line) => `${logText(line, 'dozen')}\n`;
}
