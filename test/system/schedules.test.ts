import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { deploy, eventually, helloFiles, makeApp, pidsOf } from '../parts/platform-run.ts';
import { cli, cliJson, removeServer, type ServerRun, startServer } from '../parts/server-run.ts';

interface Run {
  readonly schedule: string;
  readonly outcome: string;
  readonly process: string;
  readonly exit: string | null;
}

const schedule = [
  {
    name: 'nightly',
    command: 'node -e "console.log(process.env.DYNO)"',
    cron: '0 3 * * *',
    timezone: 'Europe/Berlin',
  },
];

describe('schedules', { timeout: 240_000 }, () => {
  let run: ServerRun;

  before(async () => {
    run = await startServer();
    const folder = makeApp({ ...helloFiles, 'app.json': JSON.stringify({ dozen: { schedule } }) });
    await cli(run.home, ['apps', 'create', 'hello']);
    const events = await deploy(run.home, { app: 'hello', folder, from: 'commit' });
    assert.equal(events.at(-1)?.kind, 'serving', JSON.stringify(events.at(-1)));
  });
  after(() => removeServer(run));

  const on = (...args: string[]) => cli(run.home, [...args.slice(0, 2), '-a', 'hello', ...args.slice(2)]);
  const runs = (): Promise<Run[]> => cliJson<Run[]>(run.home, ['schedule', 'runs', '-a', 'hello']);

  test('one is added, listed beside that of app.json, and removed', async () => {
    const added = await on(
      'schedule',
      'add',
      'tidy',
      '--cron',
      '0 4 * * *',
      '--',
      'echo',
      'tidied;',
      'exit',
      '3',
    );
    assert.equal(added.status, 0, added.stderr);
    assert.match(added.stdout, /^Added: tidy runs at \d{4}-\d\d-\d\dT04:00:00Z for the first time\n$/);
    const listed = (await cli(run.home, ['schedule', '-a', 'hello'])).stdout.split('\n');
    assert.match(listed[0] ?? '', /^NAME +CRON +NEXT +LAST +OVERLAP +FROM +COMMAND$/);
    assert.match(listed[1] ?? '', /^nightly +0 3 \* \* \* Europe\/Berlin .* skip +app\.json +node -e/);
    assert.match(listed[2] ?? '', /^tidy +0 4 \* \* \* UTC .* skip +command +echo tidied; exit 3$/);
    assert.match(
      (await on('schedule', 'remove', 'nightly')).stderr,
      /app\.json of hello declares it \(SCHEDULE_DECLARED\)/,
    );
    assert.equal((await on('schedule', 'add', 'x', '--cron', '@daily', '--', 'true')).status, 0);
    assert.equal((await on('schedule', 'remove', 'x')).stdout, 'Removed: x\n');
  });

  test('what cannot be is refused with a code', async () => {
    const cases: [string[], RegExp][] = [
      [['schedule', 'add', 'y', '--cron', '61 * * * *', '--', 'true'], /\(CRON_INVALID\)/],
      [
        ['schedule', 'add', 'a b', '--cron', '@daily', '--', 'true'],
        /name: expected a name.*\(SCHEDULE_INVALID\)/,
      ],
      [['schedule', 'add', 'x'.repeat(59), '--cron', '@daily', '--', 'true'], /\(SCHEDULE_INVALID\)/],
      [
        ['schedule', 'add', 'y', '--cron', '@daily', '--timezone', 'Mars/Base', '--', 'true'],
        /\(SCHEDULE_INVALID\)/,
      ],
      [
        ['schedule', 'add', 'y', '--cron', '@daily', '--overlap', 'maybe', '--', 'true'],
        /\(SCHEDULE_INVALID\)/,
      ],
      [['schedule', 'add', 'tidy', '--cron', '@daily', '--', 'true'], /\(SCHEDULE_NAME_TAKEN\)/],
      [['schedule', 'add', 'nightly', '--cron', '@daily', '--', 'true'], /\(SCHEDULE_NAME_TAKEN\)/],
      [['schedule', 'add', 'y', '--cron', '@daily'], /the command is missing, after -- \(USAGE\)/],
      [['schedule', 'add', 'y', '--', 'true'], /--cron is missing \(USAGE\)/],
      [['schedule', 'run', 'y'], /\(SCHEDULE_UNKNOWN\)/],
      [['schedule', 'remove', 'y'], /\(SCHEDULE_UNKNOWN\)/],
      [['schedule', 'runs', '-n', '0'], /\(REQUEST_INVALID\)/],
    ];
    for (const [args, message] of cases) {
      const { status, stderr } = await on(...args);
      assert.equal(status, 1, args.join(' '));
      assert.match(stderr, message);
    }
  });

  test('one is run now, with its output and its exit code, and detached', async () => {
    const ran = await on('schedule', 'run', 'tidy');
    assert.deepEqual(ran, {
      status: 3,
      stdout: 'tidied\n',
      stderr: 'Running as cron-tidy.1\nEnded: exit code 3\n',
    });
    assert.equal((await on('schedule', 'run', 'nightly')).stdout, 'cron-nightly.1\n');
    const detached = await on('schedule', 'run', 'tidy', '--detach');
    assert.deepEqual([detached.status, detached.stdout], [0, '']);
    await eventually(async () => (await runs()).every(({ exit }) => exit !== null), {
      what: 'all have ended',
    });
    assert.deepEqual(
      (await runs()).map(({ process, outcome, exit }) => `${process} ${outcome} ${exit}`),
      [
        'cron-tidy.2 started exit code 3',
        'cron-nightly.1 started exit code 0',
        'cron-tidy.1 started exit code 3',
      ],
    );
  });

  test('control killed over a run: it goes on, and how it ended is known', async () => {
    await on('schedule', 'add', 'long', '--cron', '0 5 1 1 *', '--', 'sleep 3; exit 5');
    assert.equal((await on('schedule', 'run', 'long', '--detach')).status, 0);
    const [control = 0] = pidsOf(run.home, 'control');
    process.kill(control, 'SIGKILL');
    await eventually(
      async () => {
        const { status, stdout } = await cli(run.home, ['schedule', 'runs', 'long', '-a', 'hello', '--json']);
        return status === 0 && (JSON.parse(stdout) as Run[])[0]?.exit === 'exit code 5';
      },
      { what: 'its end is on record', withinMs: 60_000 },
    );
    assert.equal((await runs()).filter((one) => one.schedule === 'long').length, 1);
  });
});
