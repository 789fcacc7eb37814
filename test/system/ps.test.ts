import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { deploy, eventually, get, isRootUser, makeApp } from '../parts/platform-run.ts';
import { cli, cliJson, removeServer, type ServerRun, startServer } from '../parts/server-run.ts';

const files = {
  'package.json': JSON.stringify({ name: 'two', private: true }),
  Procfile: 'web: node server.js\nworker: node worker.js\n',
  'server.js': `
const server = require('node:http').createServer((request, response) => response.end(process.env.DYNO + ' ' + process.pid));
server.listen(process.env.PORT);
process.on('SIGTERM', () => server.close(() => process.exit(0)));`,
  'worker.js': `
process.on('SIGINT', () => { console.log('interrupted'); process.exit(0); });
process.on('SIGTERM', () => { console.log('terminated'); process.exit(0); });
console.log('working');
if (require('node:fs').existsSync('/tmp/never')) process.exit(1);
setInterval(() => {}, 1000);`,
};

interface Process {
  readonly process: string;
  readonly instance: string;
  readonly pid: number;
}

describe('dozen ps', { timeout: 300_000 }, () => {
  let run: ServerRun;
  let url: string;

  before(async () => {
    run = await startServer();
    url = `http://two.localhost:${run.routerPort}/`;
    await deploy(run.home, { app: 'two', folder: makeApp(files, 'two'), from: 'commit' });
    assert.equal((await cli(run.home, ['ps', 'scale', 'web=2', 'worker=1', '-a', 'two'])).status, 0);
  });
  after(() => removeServer(run));

  const instances = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await cliJson<Process[]>(run.home, ['ps', '-a', 'two'])).map(({ process, instance }) => [
        process,
        instance,
      ]),
    );

  test('restart replaces all, those of a type, or one, without a failed request', async () => {
    let failed = 0;
    let asked = 0;
    const over = new AbortController();
    const requests = (async () => {
      while (!over.signal.aborted) {
        asked += 1;
        const answer = await get(url).catch(() => ({ status: 0 }));
        if (answer.status !== 200) failed += 1;
      }
    })();
    const first = await instances();
    for (const [args, replaced] of [
      [[], ['web.1', 'web.2', 'worker.1']],
      [['worker'], ['worker.1']],
      [['web.2'], ['web.2']],
    ] as const) {
      const before = await instances();
      const { status, stdout, stderr } = await cli(run.home, ['ps', 'restart', ...args, '-a', 'two']);
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^restart {3}/);
      assert.match(stdout, /\nserving {3}http:\/\/two\.localhost:\d+\/ \([\d.]+ s\)\n$/);
      const now = await instances();
      assert.deepEqual(
        Object.keys(now).filter((name) => now[name] !== before[name]),
        replaced,
      );
    }
    over.abort();
    await requests;
    assert.ok(asked > 20);
    assert.equal(failed, 0);
    assert.notDeepEqual(await instances(), first);
  });

  test('what is not there cannot be restarted or stopped', async () => {
    for (const name of ['nope', 'web.7', 'run.1'])
      assert.match((await cli(run.home, ['ps', 'restart', name, '-a', 'two'])).stderr, /\(PROCESS_UNKNOWN\)/);
    assert.match((await cli(run.home, ['ps', 'stop', 'run.1', '-a', 'two'])).stderr, /\(PROCESS_UNKNOWN\)/);
  });

  test('resize replaces the processes of a type by some of another size', async () => {
    const before = await instances();
    const { status, stderr } = await cli(run.home, ['ps', 'resize', 'worker=256MB:0.5', '-a', 'two']);
    assert.equal(status, 0, stderr);
    const now = await instances();
    assert.deepEqual(
      Object.keys(now).filter((name) => now[name] !== before[name]),
      ['worker.1'],
    );
    const { stdout } = await cli(run.home, ['ps', 'resize', '-a', 'two']);
    assert.match(stdout, /^worker +256MB:0\.5 /m);
    assert.match(stdout, /^web +512MB /m);
    const named = await cli(run.home, ['ps', 'resize', 'web=standard-2x', '-a', 'two']);
    assert.equal(named.status, 0, named.stderr);
    assert.match(
      (await cli(run.home, ['ps', 'resize', 'web=huge', '-a', 'two'])).stderr,
      /\(PROCESS_SIZE_INVALID\)/,
    );
    assert.match(
      (await cli(run.home, ['ps', 'resize', 'nope=1GB', '-a', 'two'])).stderr,
      /\(PROCESS_TYPE_UNKNOWN\)/,
    );
  });

  test('a size holds where the machine counts memory', {
    skip: !isRootUser && "cgroups are the root user's",
  }, async () => {
    const [worker] = (await cliJson<Process[]>(run.home, ['ps', '-a', 'two'])).filter(
      ({ process }) => process === 'worker.1',
    );
    const groups = readFileSync(`/proc/${worker?.pid}/cgroup`, 'utf8');
    const [, old] = /^\d+:memory:(.+)$/m.exec(groups) ?? [];
    const [, unified = ''] = /^0::(.+)$/m.exec(groups) ?? [];
    const file =
      old === undefined
        ? `/sys/fs/cgroup${unified}/memory.max`
        : `/sys/fs/cgroup/memory${old}/memory.limit_in_bytes`;
    assert.equal(Number(readFileSync(file, 'utf8')), 256 * 1024 * 1024);
  });

  test('policy changes the signal, the grace and the order, and goes back to what app.json says', async () => {
    const set = await cli(run.home, [
      'ps',
      'policy',
      'worker',
      '--signal',
      'SIGINT',
      '--grace',
      '5',
      '--replacement',
      'one-by-one',
      '-a',
      'two',
    ]);
    assert.equal(set.status, 0, set.stderr);
    assert.match(
      (await cli(run.home, ['ps', 'policy', '-a', 'two'])).stdout,
      /^worker +\S+ +SIGINT +5 s +one-by-one$/m,
    );
    await cli(run.home, ['ps', 'restart', 'worker', '-a', 'two']);
    assert.equal((await cli(run.home, ['ps', 'restart', 'worker', '-a', 'two'])).status, 0);
    await eventually(
      async () =>
        (
          await cliJson<{ last_lines: string[] }[]>(run.home, [
            'ps',
            'crashes',
            'worker',
            '--all',
            '-a',
            'two',
          ])
        ).some(({ last_lines }) => last_lines.includes('interrupted')),
      { what: 'the worker was ended by SIGINT' },
    );
    await cli(run.home, ['ps', 'policy', 'worker', '--reset', '-a', 'two']);
    assert.match(
      (await cli(run.home, ['ps', 'policy', '-a', 'two'])).stdout,
      /^worker +\S+ +SIGTERM +30 s +stop-first$/m,
    );
  });

  test('a crash is kept with how it ended and what was said last', async () => {
    const [web] = await cliJson<Process[]>(run.home, ['ps', '-a', 'two']);
    process.kill(web?.pid ?? 0, 'SIGKILL');
    await eventually(
      async () => (await cli(run.home, ['ps', 'crashes', 'web', '-a', 'two'])).stdout.includes('SIGKILL'),
      { what: 'the crash is told' },
    );
    await eventually(async () => Object.keys(await instances()).length === 3, {
      what: 'it is started again',
    });
    const worker = (await cliJson<Process[]>(run.home, ['ps', '-a', 'two'])).find(
      ({ process }) => process === 'worker.1',
    );
    process.kill(worker?.pid ?? 0, 'SIGKILL');
    await eventually(
      async () =>
        / \| working$/m.test((await cli(run.home, ['ps', 'crashes', 'worker.1', '-a', 'two'])).stdout),
      { what: 'its last lines are told' },
    );
    const shown = await cli(run.home, ['ps', 'info', 'web.1', '-a', 'two']);
    assert.equal(shown.status, 0, shown.stderr);
    assert.match(shown.stdout, /^Process +web\.1$/m);
  });
});
