/** The official command line against `dozen server`, unmodified. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, type TestContext, test } from 'node:test';
import { type HerokuCli, type HerokuRun, installHerokuCli, openHerokuCli } from '../parts/heroku-cli.ts';
import { eventually, get, git, helloFiles, makeApp } from '../parts/platform-run.ts';
import { cli, cliJson, type Ran, removeServer, type ServerRun, startServer } from '../parts/server-run.ts';
import { runOnTerminal } from '../parts/terminal-run.ts';

describe('the official command line', { timeout: 600_000 }, () => {
  let run: ServerRun;
  let heroku: HerokuCli;
  let folder: string;

  before(async () => {
    installHerokuCli();
    run = await startServer();
    heroku = openHerokuCli(await cliJson(run.home, ['heroku:env', '--token', '--days', '1']));
    folder = makeApp({
      ...helloFiles,
      Procfile: 'web: node server.js\nworker: node worker.js\nrelease: echo migrated\n',
      'worker.js': 'console.log("working"); setInterval(() => undefined, 1e6);\n',
    });
  });
  after(async () => {
    heroku?.remove();
    await removeServer(run);
  });

  /** One that must work. */
  async function works(line: string, options: HerokuRun = {}): Promise<Ran> {
    const ran = await heroku.run(line.split(' '), options);
    assert.equal(ran.status, 0, `heroku ${line}: ${ran.stdout}${ran.stderr}`);
    return ran;
  }

  /** Asks that what it prints on standard output fits. */
  async function says(line: string, wanted: RegExp, options: HerokuRun = {}): Promise<void> {
    const { stdout, stderr } = await works(line, options);
    assert.match(stdout, wanted, `heroku ${line}: ${stderr}`);
  }

  async function fails(line: string, { status, wanted }: { status: number; wanted: RegExp }): Promise<void> {
    const ran = await heroku.run(line.split(' '));
    assert.equal(ran.status, status, `heroku ${line}: ${ran.stdout}${ran.stderr}`);
    // It breaks lines at 80 columns, behind a sign.
    assert.match(ran.stderr.replaceAll(/\n ›\s*/g, ' '), wanted);
  }

  test('its variables are for a shell to read, and hold a token only when asked for one', async () => {
    const shell = async (...args: string[]): Promise<string> => {
      const { stdout } = await cli(run.home, ['heroku:env', ...args]);
      assert.match(stdout, /^(export [A-Z_0-9]+='[^']*'\n)+$/);
      const printed = spawnSync('sh', ['-c', `${stdout}printf '%s' "$HEROKU_HOST $HEROKU_API_KEY"`], {
        env: {},
      });
      return printed.stdout.toString();
    };
    assert.equal(await shell(), `${run.apiUrl} `);
    assert.match(await shell('--token'), /^http:\S+ dozen_[\w-]{43}$/);
    const { status, stderr } = await cli(run.home, ['heroku:env', '--token', '--days', '0']);
    assert.equal(status, 1);
    assert.match(stderr, /\(USAGE\)/);
  });

  test('who, and what there is before there is anything', async () => {
    await Promise.all([
      says('auth:whoami', /^\S+@dozen\.localhost\n$/),
      says('apps', /^You have no apps\.\n$/),
    ]);
    await fails('apps:info -a nope', {
      status: 2,
      wanted: /Cannot find the app "nope".*Error ID: not_found/s,
    });
  });

  test('an app is created, and its folder gets a Git remote', async () => {
    const { host } = new URL(run.apiUrl);
    const { stdout } = await works('apps:create shop', { cwd: folder });
    assert.equal(stdout, `http://shop.localhost:${run.routerPort}/ | https://${host}/shop.git\n`);
    assert.equal(git(folder, 'remote', 'get-url', 'heroku'), `https://${host}/shop.git`);
    await says('apps', /^=== \S+ Apps\n\nshop \(local\)\n/);
  });

  test('config is set, read and unset, each change a release', async () => {
    const set = await works('config:set A=1 B=two -a shop');
    assert.match(set.stderr, /Setting A, B and restarting shop\.\.\. done, v1/);
    await Promise.all([
      says('config:get A -a shop', /^1\n$/),
      says('config -a shop', /^=== shop Config Vars\n\nA: 1\nB: two\n/),
    ]);
    const unset = await works('config:unset B -a shop');
    assert.match(unset.stderr, /Unsetting B and restarting shop\.\.\. done, v2/);
    await says('config --json -a shop', /^\{\s*"A": "1"\s*\}\n$/);
  });

  test('a push to the remote it wrote deploys, with the token that it tells Git', async () => {
    const pushed = await gitRuns({}, 'push', 'heroku', 'main');
    assert.equal(pushed.status, 0, pushed.stderr);
    assert.match(pushed.stderr, /^remote: serving/m);
    assert.match((await get(`http://shop.localhost:${run.routerPort}/`)).text, /^one web\.1 /);
    const nobody = await gitRuns({ HOME: folder }, 'push', 'heroku', 'main');
    assert.equal(nobody.status, 128);
    assert.match(nobody.stderr, /could not read Username/);
  });

  /** Git with the home that the command line has configured. */
  async function gitRuns(more: Readonly<Record<string, string>>, ...args: string[]): Promise<Ran> {
    const child = spawn('git', args, {
      cwd: folder,
      env: { ...heroku.env, GIT_TERMINAL_PROMPT: '0', ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr, [status]] = await Promise.all([
      Array.fromAsync(child.stdout),
      Array.fromAsync(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    return { status, stdout: stdout.join(''), stderr: stderr.join('') };
  }

  test('processes are listed, scaled, sized, restarted and stopped', async () => {
    await Promise.all([
      says('ps -a shop', /^=== web \(Standard-1X\): node server\.js \(1\)\n\nweb\.1: up /),
      says('ps:scale -a shop', /^web=1:Standard-1X worker=0:Standard-1X\n$/),
    ]);
    const scaled = await works('ps:scale web=2 worker+1 -a shop');
    assert.match(scaled.stderr, /now running web at 2:Standard-1X, worker at 1:Standard-1X/);
    assert.match((await works('ps:scale web-1 -a shop')).stderr, /now running web at 1:Standard-1X/);
    await says('ps:type worker=standard-2x -a shop', /worker +Standard-2X +1/);
    await says('ps:scale -a shop', /^web=1:Standard-1X worker=1:Standard-2X\n$/);
    const restarted = await works('ps:restart -a shop');
    assert.match(restarted.stderr, /Restarting all dynos on shop\.\.\. done/);
    assert.match((await works('ps:restart --process-type worker -a shop')).stderr, /done/);
    assert.match(
      (await works('ps:stop --dyno-name worker.1 -a shop')).stderr,
      /Stopping dyno worker\.1 on shop\.\.\. done/,
    );
    await works('ps:wait -a shop');
    await fails('ps:scale web=1:huge -a shop', { status: 2, wanted: /Cannot size a process to "huge"/ });
  });

  test('releases are listed, shown and rolled back, with what their phase said', async () => {
    await Promise.all([
      says('releases -a shop', /^=== shop Releases - Current: v3\n(.*\n)+ +v3 +Deploy [0-9a-f]{7} /),
      says('releases:info v3 -a shop', /^=== Release v3\n(.*\n)*By: +\S+@dozen\.localhost\n/),
      says('releases:output v3 -a shop', /^migrated\n/),
    ]);
    await works('config:set A=2 -a shop');
    const back = await works('releases:rollback v3 -a shop');
    assert.match(back.stderr, /Rolling back shop to v3\.\.\. done, v5/);
    assert.match(back.stdout, /migrated\n/);
    await says('config:get A -a shop', /^1\n$/);
  });

  test('maintenance is put on and off', async () => {
    const url = `http://shop.localhost:${run.routerPort}/`;
    assert.match(
      (await works('maintenance:on -a shop')).stderr,
      /Enabling maintenance mode for shop\.\.\. done/,
    );
    await says('maintenance -a shop', /^on\n$/);
    await eventually(async () => (await get(url)).status === 503, { what: 'it is in maintenance' });
    assert.match((await works('maintenance:off -a shop')).stderr, /Disabling/);
    await eventually(async () => (await get(url)).status === 200, { what: 'it serves' });
  });

  test('domains are added and removed', async () => {
    const added = await works('domains:add www.example.org -a shop');
    assert.match(added.stderr, /Adding www\.example\.org to shop\.\.\. done/);
    await says('domains -a shop', /shop\.localhost\n(.*\n)*.*www\.example\.org/);
    assert.match(
      (await works('domains:remove www.example.org -a shop')).stderr,
      /Removing www\.example\.org/,
    );
  });

  test('logs are shown to their end, and followed', async () => {
    await get(`http://shop.localhost:${run.routerPort}/`);
    const { stdout } = await works('logs --num 5 -a shop');
    assert.equal(stdout.trim().split('\n').length, 5, stdout);
    assert.match(stdout, /^\d{4}-\S+\+00:00 (app|heroku)\[\S+\]: /);
    await says('logs --num 100 --dyno-name web -a shop', /app\[web\.1\]: listening\n/);
    const tail = heroku.start(['logs', '--tail', '--num', '1', '-a', 'shop']);
    const ended = once(tail, 'close');
    let seen = '';
    for await (const chunk of tail.stdout ?? []) {
      const isFirst = seen === '';
      seen += String(chunk);
      if (isFirst) await cli(run.home, ['run', '-a', 'shop', '--detach', '--', 'echo', 'for the tail']);
      if (/app\[run\.\d+\]: for the tail/.test(seen)) break;
    }
    tail.kill('SIGINT');
    await ended;
    assert.match(seen, /app\[run\.\d+\]: for the tail/);
  });

  test('a command runs attached: its output, its input, its exit code', async () => {
    const run = async (args: readonly string[], input = '') => {
      const ran = await heroku.run(['run', '-a', 'shop', ...args], { input });
      return [ran.status, ran.stdout, ran.stderr.includes('up, run.')];
    };
    assert.deepEqual(
      await Promise.all([
        run(['--', 'echo', '$A']),
        run(['cat'], 'one\ntwo\n'),
        run(['--no-tty', 'test -t 1 || echo none; exit 3']),
        run(['--exit-code', 'echo last; exit 3']),
        run(['--exit-code', 'kill -9 $$']),
        run(['--exit-code', 'printf 12345']),
      ]),
      [
        [0, '1\n', true],
        [0, 'one\ntwo\n', true],
        [0, 'none\n', true],
        [3, 'last\n', true],
        [137, '', true],
        [0, '12345', true],
      ],
    );
  });

  test('a command runs with its own variables and size; an unknown size is refused', async () => {
    const limit = 'run -a shop -e X=7 -s standard-2x -- echo $X $DYNO';
    await says(limit, /^7 run\.\d+\n$/);
    await fails('run -a shop -s enormous -- true', {
      status: 2,
      wanted: /Cannot size a process to "enormous"/,
    });
    assert.match((await works('run:detached -a shop -- true')).stderr, /done, run\.\d+/);
  });

  test('on a terminal a command has one of its size, and the keys', async (t: TestContext) => {
    const terminal = runOnTerminal(heroku.commandOf(['run', '-a', 'shop', 'stty size; cat']), {
      env: { ...heroku.env },
      columns: 97,
      rows: 31,
    });
    t.after(() => terminal.end());
    await terminal.until('31 97');
    terminal.type('typed\r');
    await terminal.until(/typed\r+\n(.*\r+\n)*typed\r+\n/);
    terminal.type('\u0004');
    assert.equal((await terminal.ended).code, 0);
  });

  test('a client that is killed hangs the run up', async () => {
    const client = heroku.start(['run', '-a', 'shop', 'echo begun; sleep 1000']);
    for await (const chunk of client.stdout ?? []) if (String(chunk).includes('begun')) break;
    client.kill('SIGKILL');
    const runs = async (): Promise<boolean> =>
      (await cliJson<{ process: string }[]>(run.home, ['ps', '-a', 'shop'])).every(
        ({ process }) => !process.startsWith('run.'),
      );
    await eventually(runs, { what: 'no run is left' });
  });

  test('a database is made, shown, attached elsewhere, detached and destroyed', async () => {
    await works('apps:create other --no-remote');
    await says('addons:create postgres --name shop-db -a shop', /Created shop-db as DATABASE_URL/);
    await Promise.all([
      says('addons -a shop', /postgres \(shop-db\) +18 +free +free +created\n +└─ as DATABASE\n/),
      says('addons:info shop-db -a shop', /^=== shop-db\n(.*\n)*Owning app: +shop\n/),
    ]);
    const attached = await works('addons:attach shop-db --as EXTRA -a other');
    assert.match(attached.stderr, /Attaching shop-db as EXTRA to other\.\.\. done/);
    await says('config:get EXTRA_URL -a other', /^postgres(ql)?:\/\//);
    assert.match((await works('addons:detach EXTRA -a other')).stderr, /Detaching EXTRA/);
    await says('config:get EXTRA_URL -a other', /^\n$/);
    assert.match((await works('addons:destroy shop-db --confirm shop -a shop')).stderr, /Destroying shop-db/);
    await says('addons -a shop', /^No add-ons for app shop\.\n$/);
  });

  test('a pipeline is made, and what runs in one stage is promoted to the next', async () => {
    await works('pipelines:create line -a shop -s staging');
    await works('pipelines:add line -a other -s production');
    await says('pipelines:info line', /shop +staging\n +other +production\n/);
    await says('pipelines:promote -a shop', /Promotion successful\nother: succeeded\n/);
    assert.match((await get(`http://other.localhost:${run.routerPort}/`)).text, /^one web\.1 /);
  });

  test('tokens are listed, made and revoked', async () => {
    await says('authorizations', /heroku on \S+ +\S+ +global/);
    const made = await works('authorizations:create -d ci -s read --json');
    const { id } = JSON.parse(made.stdout) as { id: string };
    await says(`authorizations:info ${id}`, /Description: +ci\n/);
    assert.match(
      (await works(`authorizations:revoke ${id}`)).stderr,
      /Revoking OAuth Authorization\.\.\. done, revoked authorization/,
    );
  });

  test('an app is renamed, shown and destroyed', async () => {
    await says(
      'apps:rename store -a shop',
      /^http:\/\/store\.localhost:\d+\/ \| https:\/\/\S+\/store\.git\n/,
    );
    await says('apps:info -a store', /^=== store\n(.*\n)*Stack: +dozen\n/);
    assert.match((await works('apps:destroy -a other --confirm other')).stderr, /Destroying other .*done/);
    await says('apps', /^=== \S+ Apps\n\nstore \(local\)\n\n?$/);
  });

  test('it has spoken to nobody else', () => {
    assert.equal(heroku.strangers(), '');
  });
});
