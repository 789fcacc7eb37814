import { userError } from '../../base/error.ts';
import {
  formatProcessSize,
  namedSizes,
  parseProcessSize,
} from '../../factors/08-concurrency/process-size.ts';
import { followChange } from '../follow-change.ts';
import { printJson } from '../print.ts';
import { command } from '../spec.ts';
import { renderTable } from '../table.ts';
import { findAppName, findPlatform } from '../target.ts';

export const restart = command({
  name: 'ps restart',
  summary: 'replaces processes by others of the same release',
  takes: '[TYPE | web.1]',
  max: 1,
  onApp: true,
  options: {},
  details: 'Those of a start-first type (web) come up before the old ones go: no request is lost.',
  examples: [
    ['dozen ps restart -a shop', 'all of them'],
    ['dozen ps restart worker -a shop', 'those of one type'],
    ['dozen ps restart web.2 -a shop', 'one'],
  ],
  async run({ words: [of], app: given, json }) {
    const client = findPlatform();
    const app = findAppName(given);
    const { change } =
      of === undefined
        ? await client.change('DELETE /apps/:app/dynos', { params: { app } })
        : of.includes('.')
          ? await client.change('DELETE /apps/:app/dynos/:dyno', { params: { app, dyno: of } })
          : await client.change('DELETE /apps/:app/formations/:type', { params: { app, type: of } });
    await followChange(client, change, { json });
    return 0;
  },
});

export const stop = command({
  name: 'ps stop',
  summary: 'stops a one-off; a process of the formation is replaced by another',
  takes: 'PROCESS',
  min: 1,
  onApp: true,
  options: {},
  examples: [['dozen ps stop run.4821 -a shop', 'by its stop policy: signal, grace, SIGKILL']],
  async run({ words: [dyno = ''], app, json }) {
    const params = { app: findAppName(app), dyno };
    await findPlatform().ask('POST /apps/:app/dynos/:dyno/actions/stop', { params });
    if (json) return printJson({ process: dyno });
    process.stdout.write(`Stopped ${dyno}\n`);
    return 0;
  },
});

export const sizes = command({
  name: 'ps sizes',
  summary: 'lists the sizes that have names',
  options: {},
  examples: [['dozen ps sizes', "Heroku's names, and what they stand for"]],
  async run({ json }) {
    const rows = Object.entries(namedSizes).map(([name, memory]) => [
      name,
      formatProcessSize({ memory, cpu: null }),
    ]);
    if (json) return printJson(Object.fromEntries(rows));
    process.stdout.write(renderTable(['SIZE', 'MEMORY'], rows, process.stdout));
    process.stdout.write('Any other is written as memory, and cores if you like: 300MB, 1GB:0.5\n');
    return 0;
  },
});

export const resize = command({
  name: 'ps resize',
  summary: 'changes how much memory and how many cores a process of a type may take; without words, shows it',
  takes: '[TYPE=SIZE]…',
  max: 100,
  onApp: true,
  options: {},
  examples: [
    ['dozen ps resize web=1GB worker=512MB:0.5 -a shop', 'memory, and for worker half a core'],
    ['dozen ps resize -a shop', 'what each type has'],
  ],
  async run({ words, app, json }) {
    const client = findPlatform();
    const params = { app: findAppName(app) };
    if (words.length === 0) return showSettings(params.app, json);
    const updates = words.map((word) => {
      const [, type, size] = /^([\w-]+)=(.+)$/.exec(word) ?? [];
      if (type === undefined || size === undefined) {
        throw userError(
          'USAGE',
          `Cannot resize to ${JSON.stringify(word.slice(0, 80))}: it is not TYPE=SIZE`,
          {
            hint: 'dozen ps resize web=1GB',
          },
        );
      }
      return { type, size: formatProcessSize(parseProcessSize(size)) };
    });
    const { change } = await client.change('PATCH /apps/:app/formation', { params, body: { updates } });
    await followChange(client, change, { json });
    return 0;
  },
});

const signals = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;
const replacements = ['start-first', 'stop-first', 'one-by-one'] as const;

export const policy = command({
  name: 'ps policy',
  summary: 'changes how processes of a type are stopped and replaced; without a type, shows it',
  takes: '[TYPE]',
  max: 1,
  onApp: true,
  options: {
    grace: { type: 'string', value: 'SECONDS', help: 'from the signal to SIGKILL' },
    signal: { type: 'string', value: 'SIGNAL', help: `what asks a process to end: ${signals.join(', ')}` },
    replacement: {
      type: 'string',
      value: 'ORDER',
      help: `in which order others take their place: ${replacements.join(', ')}`,
    },
    reset: { type: 'boolean', help: 'back to what app.json declares' },
  },
  details: `start-first: new ones are ready before old ones stop. stop-first: old ones are gone before new ones start, so that never two
versions run at once. one-by-one: each is gone before its successor starts, the others go on.`,
  examples: [
    ['dozen ps policy worker --grace 120 --replacement stop-first -a shop', 'a worker that needs its time'],
    ['dozen ps policy -a shop', 'what each type has'],
  ],
  async run({ words: [type], app, json, options }) {
    const name = findAppName(app);
    if (type === undefined) return showSettings(name, json);
    const client = findPlatform();
    const reset = { grace_ms: null, signal: null, replacement: null };
    const body = {
      ...(options.reset ? reset : {}),
      ...(options.grace === null ? {} : { grace_ms: graceOf(options.grace) }),
      ...(options.signal === null ? {} : { signal: oneOf(signals, options.signal) }),
      ...(options.replacement === null ? {} : { replacement: oneOf(replacements, options.replacement) }),
    };
    const call = 'PATCH /dozen/v1/apps/:app/process-settings/:type';
    const { change } = await client.change(call, { params: { app: name, type }, body });
    await followChange(client, change, { json });
    return 0;
  },
});

async function showSettings(app: string, json: boolean): Promise<number> {
  const settings = await findPlatform().ask('GET /dozen/v1/apps/:app/process-settings', { params: { app } });
  if (json) return printJson(settings);
  const rows = settings.map((one) => [
    one.type,
    one.size,
    one.signal,
    `${one.grace_ms / 1000} s`,
    one.replacement,
  ]);
  process.stdout.write(renderTable(['TYPE', 'SIZE', 'SIGNAL', 'GRACE', 'REPLACEMENT'], rows, process.stdout));
  return 0;
}

function graceOf(text: string): number {
  const seconds = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && seconds <= 3600) return Math.round(seconds * 1000);
  throw userError(
    'USAGE',
    `Cannot set a grace of ${JSON.stringify(text.slice(0, 20))}: not a number of seconds up to 3600`,
    {
      hint: 'dozen ps policy worker --grace 60',
    },
  );
}

function oneOf<const T extends readonly string[]>(choices: T, text: string): T[number] {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw userError(
    'USAGE',
    `Cannot use ${JSON.stringify(text.slice(0, 40))}: it is none of ${choices.join(', ')}`,
    {
      hint: 'dozen ps policy --help',
    },
  );
}
