import { paint } from '../../api/paint.ts';
import { printable } from '../../api/stages.ts';
import { userError } from '../../base/error.ts';
import { printJson, printPairs } from '../print.ts';
import { command } from '../spec.ts';
import { renderTable } from '../table.ts';
import { findAppName, findPlatform } from '../target.ts';

export const info = command({
  name: 'ps info',
  summary: 'tells about one process',
  takes: 'PROCESS',
  min: 1,
  onApp: true,
  options: {},
  examples: [['dozen ps info web.1 -a shop', 'where it runs, since when, and how it ended before']],
  async run({ words: [name = ''], app: given, json }) {
    const client = findPlatform();
    const params = { app: findAppName(given) };
    const [processes, history] = await Promise.all([
      client.ask('GET /dozen/v1/apps/:app/processes', { params }),
      client.ask('GET /dozen/v1/apps/:app/history', { params }),
    ]);
    const found = processes.find(({ process }) => process === name);
    const ends = history.filter(({ process }) => process === name);
    if (found === undefined && ends.length === 0) throw unknown(name, params.app);
    if (json) return printJson({ process: found ?? null, ended: ends });
    if (found !== undefined) {
      printPairs([
        ['Process', found.process],
        ['State', found.state],
        ['Release', found.release === null ? '' : `v${found.release}`],
        ['Since', found.started_at],
        ['Ready', found.ready_ms === null ? '' : `after ${found.ready_ms} ms`],
        ['Pid', found.pid === null ? '' : String(found.pid)],
        ['Port', found.port === null ? '' : String(found.port)],
        ['Crashes', found.crashes === 0 ? '' : `${found.crashes} in a row`],
        ['Instance', found.instance],
      ]);
    } else process.stdout.write(`${name} does not run\n`);
    if (ends.length > 0) process.stdout.write(`\n${tableOf(ends.slice(0, 5))}`);
    return 0;
  },
});

export const crashes = command({
  name: 'ps crashes',
  summary: 'lists how processes ended that nobody stopped, with their last lines',
  takes: '[TYPE | web.1]',
  max: 1,
  onApp: true,
  options: { all: { type: 'boolean', help: 'those that were stopped, too' } },
  examples: [
    ['dozen ps crashes -a shop', 'exit code, signal or out of memory, and what was said last'],
    ['dozen ps crashes worker --all -a shop', 'every end of a worker'],
  ],
  async run({ words: [of], app, json, options }) {
    const params = { app: findAppName(app) };
    const history = await findPlatform().ask('GET /dozen/v1/apps/:app/history', { params });
    const ends = history.filter(
      ({ process, asked }) =>
        (options.all || !asked) && (of === undefined || process === of || process.startsWith(`${of}.`)),
    );
    if (json) return printJson(ends);
    if (ends.length === 0) process.stdout.write('Nothing has crashed\n');
    for (const end of ends) {
      process.stdout.write(tableOf([end]).split('\n')[1] ?? '');
      process.stdout.write('\n');
      for (const line of end.last_lines)
        process.stdout.write(paint(process.stdout, 'dim', `    | ${printable(line)}\n`));
    }
    return 0;
  },
});

interface End {
  readonly process: string;
  readonly ended_at: string;
  readonly exit: string;
  readonly asked: boolean;
  readonly release: number | null;
}

function tableOf(ends: readonly End[]): string {
  const rows = ends.map(({ process, ended_at, exit, asked, release }) => [
    ended_at,
    process,
    release === null ? '' : `v${release}`,
    asked ? 'stopped' : 'crashed',
    exit,
  ]);
  return renderTable(['ENDED', 'PROCESS', 'RELEASE', '', 'HOW'], rows, process.stdout);
}

function unknown(name: string, app: string): Error {
  return userError(
    'PROCESS_UNKNOWN',
    `Cannot find the process ${JSON.stringify(name.slice(0, 80))} of ${app}: there is none of this name`,
    {
      hint: `dozen ps -a ${app} lists those there are`,
    },
  );
}
