import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import {
  commit,
  deploy,
  eventually,
  get,
  helloFiles,
  makeApp,
  pidsOf,
  processesOf,
  write,
} from '../parts/platform-run.ts';
import { cli, cliJson, removeServer, type ServerRun, startServer } from '../parts/server-run.ts';

interface Process {
  readonly process: string;
  readonly state: string;
  readonly pid: number;
}

describe('dozen server', { timeout: 300_000 }, () => {
  let run: ServerRun;
  let folder: string;
  let url: string;

  before(async () => {
    run = await startServer();
    folder = makeApp(helloFiles);
    url = `http://hello.localhost:${run.routerPort}/`;
  });
  after(() => removeServer(run));

  const pids = async (): Promise<readonly number[]> =>
    (await cliJson<Process[]>(run.home, ['ps', '-a', 'hello'])).map(({ pid }) => pid).sort();

  test('an app is made, configured before its first deploy, and deployed', async () => {
    assert.deepEqual(await cli(run.home, ['apps', 'create', 'hello']), {
      status: 0,
      stdout: 'Made hello. Next: dozen git:remote -a hello && git push dozen main\n',
      stderr: '',
    });
    const set = await cli(run.home, ['config', 'set', 'GREETING=hi', 'COLOUR=blue', '-a', 'hello']);
    assert.equal(set.status, 0, set.stderr);
    assert.match(set.stdout, /^release {3}v1 Set GREETING, COLOUR config vars\n/);
    const events = await deploy(run.home, { app: 'hello', folder, from: 'commit' });
    assert.equal(events.at(-1)?.kind, 'serving', JSON.stringify(events.at(-1)));
    assert.match((await get(url)).text, /^one web\.1 /);
  });

  test('each change of config is one release with who asked for it, and none without a difference', async () => {
    const input = 'line one\nline \'two\' # not "a" $comment\n';
    const set = await cli(run.home, ['config:set', '--stdin', 'KEY', '-a', 'hello'], { input });
    assert.equal(set.status, 0, set.stderr);
    assert.equal((await cli(run.home, ['config', 'get', 'KEY', '-a', 'hello'])).stdout, input);
    const same = await cli(run.home, ['config', 'set', 'GREETING=hi', '-a', 'hello']);
    assert.equal(same.stdout, 'Nothing is other than before: no release was made\n');
    const unset = await cli(run.home, ['config', 'unset', 'KEY', '-a', 'hello']);
    assert.equal(unset.status, 0, unset.stderr);
    const releases = await cliJson<{ description: string; version: number }[]>(run.home, [
      'releases',
      '-a',
      'hello',
    ]);
    assert.deepEqual(
      releases.map(
        ({ version, description }) => `v${version} ${description.replace(/[0-9a-f]{7}$/, 'COMMIT')}`,
      ),
      [
        'v4 Remove KEY config var',
        'v3 Set KEY config var',
        'v2 Deploy COMMIT',
        'v1 Set GREETING, COLOUR config vars',
      ],
    );
  });

  test('scaling starts more, and fewer', async () => {
    const more = await cli(run.home, ['ps:scale', 'web=3', '-a', 'hello']);
    assert.equal(more.status, 0, more.stderr);
    assert.match(more.stdout, /^formation web=3\n/);
    assert.equal((await pids()).length, 3);
    assert.equal((await cli(run.home, ['ps', 'scale', 'web-2', '-a', 'hello'])).status, 0);
    assert.equal((await pids()).length, 1);
  });

  test('a rollback brings back the build and the config of a release, as a new one', async () => {
    write(folder, { 'version.js': "module.exports = 'two';\n" });
    commit(folder, 'Say two');
    await deploy(run.home, { app: 'hello', folder, from: 'commit' });
    await cli(run.home, ['config', 'set', 'GREETING=bye', '-a', 'hello']);
    assert.match((await get(url)).text, /^two /);
    const back = await cli(run.home, ['rollback', 'v3', '-a', 'hello']);
    assert.equal(back.status, 0, back.stderr);
    assert.match((await get(url)).text, /^one /);
    const config = await cliJson<Record<string, string>>(run.home, ['config', '-a', 'hello']);
    assert.equal(config.GREETING, 'hi');
    assert.match(config.KEY ?? '', /^line one\n/);
    const verified = await cli(run.home, ['releases', 'verify', '-a', 'hello']);
    assert.equal(verified.stdout, 'The chain of hello holds: 7 releases\n');
  });

  test('what cannot be is refused with a code and the next thing to type', async () => {
    const cases: [string[], RegExp][] = [
      [['ps', '-a', 'nope'], /^Cannot find the app "nope".*\(APP_UNKNOWN\)\n {2}Next: /],
      [['rollback', 'v99', '-a', 'hello'], /\(RELEASE_UNKNOWN\)/],
      [['rollback', 'v1', '-a', 'hello'], /v1: it has no build \(RELEASE_NOT_ELIGIBLE\)/],
      [['ps', 'scale', 'web=101', '-a', 'hello'], /\(FORMATION_OUT_OF_BOUNDS\)/],
      [['ps', 'scale', 'web=-1', '-a', 'hello'], /\(SCALING_INVALID\)/],
      [['ps', 'scale', 'nope=1', '-a', 'hello'], /\(FORMATION_TYPE_UNKNOWN\)/],
      [['config', 'set', 'DOZEN_X=1', '-a', 'hello'], /\(CONFIG_NAME_INVALID\)/],
      [['config', 'set', `BIG=${'x'.repeat(70_000)}`, '-a', 'hello'], /\(CONFIG_TOO_LARGE\)/],
      [['apps', 'create', 'hello'], /\(APP_NAME_TAKEN\)/],
      [['apps', 'create', '../x'], /\(APP_NAME_INVALID\)/],
      [['apps', 'create', 'a;b'], /\(APP_NAME_INVALID\)/],
      [['apps', 'create', 'héllo'], /\(APP_NAME_INVALID\)/],
      [['apps', 'create', 'x'.repeat(300)], /\(APP_NAME_INVALID\)/],
      [['apps', 'create'], /\(USAGE\)/],
      [['nope'], /\(COMMAND_UNKNOWN\)/],
    ];
    for (const [args, message] of cases) {
      const { status, stderr } = await cli(run.home, args);
      assert.equal(status, 1, args.join(' '));
      assert.match(stderr, message);
    }
    assert.match((await get(url)).text, /^one /);
  });

  test('a command that comes while control is started again waits for it', async () => {
    for (const pid of pidsOf(run.home, 'control')) process.kill(pid, 'SIGKILL');
    const asked = await cli(run.home, ['ps', '-a', 'hello']);
    assert.equal(asked.status, 0, asked.stderr);
  });

  test('the parent killed: apps and routers go on, and the next server takes them up where they are', async () => {
    const before = await pids();
    await run.end('SIGKILL');
    assert.match((await get(url)).text, /^one /);
    const routers = pidsOf(run.home, 'router');
    assert.equal(routers.length, 2);
    let failed = 0;
    const stop = new AbortController();
    const stream = (async () => {
      while (!stop.signal.aborted) {
        const answer = await get(url).catch(() => ({ status: 0 }));
        if (answer.status !== 200) failed += 1;
      }
    })();
    run = await startServer(run.home);
    stop.abort();
    await stream;
    url = `http://hello.localhost:${run.routerPort}/`;
    assert.equal(failed, 0);
    assert.deepEqual(await pids(), before);
    for (const router of routers)
      assert.ok(!pidsOf(run.home, 'router').includes(router), 'the old routers left');
    assert.equal(pidsOf(run.home, 'control').length, 1);
  });

  test('a server that is asked to end leaves the apps running, and the next one takes them up', async () => {
    const before = await pids();
    assert.equal(await run.end('SIGTERM'), 0);
    assert.deepEqual(pidsOf(run.home, 'router'), []);
    run = await startServer(run.home);
    assert.deepEqual(await pids(), before);
    assert.match((await get(url)).text, /^one /);
  });

  test('server stop ends everything, and the next server starts it again', async () => {
    const stopped = await cli(run.home, ['server', 'stop']);
    assert.equal(stopped.status, 0, stopped.stderr);
    assert.equal(await run.ended, 0);
    assert.deepEqual(processesOf(run.home), []);
    run = await startServer(run.home);
    await eventually(async () => (await get(url).catch(() => null))?.status === 200, {
      what: 'the app answers again',
    });
  });

  test('a token may what its scope says, until it is revoked', async () => {
    const made = await cli(run.home, ['tokens', 'create', 'reader', '--scope', 'read']);
    const token = made.stdout.trim();
    const env = { DOZEN_URL: run.apiUrl, DOZEN_TOKEN: token, DOZEN_HOME: '/nowhere' };
    assert.equal((await cli(run.home, ['apps'], { env })).status, 0);
    const refused = await cli(run.home, ['config', '-a', 'hello'], { env });
    assert.match(refused.stderr, /\(SCOPE_MISSING\)/);
    const [kept] = await cliJson<{ id: string }[]>(run.home, ['tokens']);
    assert.equal((await cli(run.home, ['tokens', 'revoke', kept?.id ?? ''])).status, 0);
    assert.match((await cli(run.home, ['apps'], { env })).stderr, /\(TOKEN_REFUSED\)/);
    const { stdout } = spawnSync('grep', ['-r', '-l', '-a', '-F', token, run.home], { encoding: 'utf8' });
    assert.equal(stdout, '', 'the token itself is kept nowhere');
  });

  test('an app that is destroyed is gone, and its name is free again', async () => {
    const unsure = await cli(run.home, ['apps', 'destroy', '-a', 'hello']);
    assert.match(unsure.stderr, /\(NOT_CONFIRMED\)/);
    const sure = await cli(run.home, ['apps', 'destroy', '-a', 'hello', '--confirm', 'hello']);
    assert.equal(sure.status, 0, sure.stderr);
    assert.equal((await get(url)).status, 404);
    assert.equal((await cli(run.home, ['apps', 'create', 'hello'])).status, 0);
  });
});
