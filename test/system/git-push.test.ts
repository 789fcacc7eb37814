import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import {
  commit,
  eventually,
  get,
  git,
  helloFiles,
  makeApp,
  pidsOf,
  processesOf,
  write,
} from '../parts/platform-run.ts';
import { cli, cliJson, removeServer, type ServerRun, startServer } from '../parts/server-run.ts';

interface Pushed {
  readonly code: number | null;
  readonly text: string;
}

describe('git push', { timeout: 300_000 }, () => {
  let run: ServerRun;
  let folder: string;
  let url: string;

  before(async () => {
    run = await startServer();
    url = `http://hello.localhost:${run.routerPort}/`;
    folder = makeApp(helloFiles);
    await cli(run.home, ['apps', 'create', 'hello']);
    const remote = await cli(run.home, ['git:remote', '-a', 'hello'], { cwd: folder });
    assert.equal(remote.stdout, `The Git remote dozen is hello: ${run.apiUrl}/hello.git\n`, remote.stderr);
  });
  beforeEach(() => write(folder, helloFiles));
  after(() => removeServer(run));

  /** As a person types it: the credential is Git's to ask for. */
  function start(cwd: string, ...args: readonly string[]) {
    const env = { ...process.env, DOZEN_HOME: run.home, GIT_TERMINAL_PROMPT: '0' };
    const child = spawn('git', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
    const ended = once(child, 'close').then(([code]): Pushed => ({ code: code as number | null, text }));
    return { child, ended, text: () => text };
  }
  const push = (...args: readonly string[]): Promise<Pushed> =>
    start(folder, 'push', ...(args.length === 0 ? ['dozen', 'main'] : args)).ended;

  test('deploys, and shows every stage until it serves', async () => {
    await cli(run.home, ['domains', 'add', 'www.example.org', '-a', 'hello']);
    const { code, text } = await push();
    assert.equal(code, 0, text);
    for (const line of [
      /^remote: codebase {2}[0-9a-f]{7} "Begin" on main, 4 files\s*$/m,
      /^remote: build {5}node \(package\.json\)\s*$/m,
      /^remote: release {3}v1 Deploy [0-9a-f]{7}\s*$/m,
      /^remote: process {3}web\.1 up on port \d+ \(/m,
      /^remote: serving {3}http:\/\/hello\.localhost:\d+\/ http:\/\/www\.example\.org:\d+\/ \(/m,
      /main -> main$/m,
    ])
      assert.match(text, line);
    assert.match((await get(url)).text, /^one web\.1 /);
    const [release] = await cliJson<{ user: { email: string } }[]>(run.home, ['releases', '-a', 'hello']);
    assert.match(release?.user.email ?? '', /@dozen\.localhost$/);
  });

  test('of a build that fails is refused with its lines, and the release before serves', async () => {
    const pid = (await get(url)).text;
    write(folder, {
      'package.json': JSON.stringify({
        name: 'hello',
        private: true,
        scripts: { build: 'echo no luck; exit 3' },
      }),
    });
    commit(folder, 'Fail');
    const { code, text } = await push();
    assert.equal(code, 1, text);
    assert.match(text, /^remote: +\| no luck\s*$/m);
    assert.match(text, /^remote: Cannot build: "npm run build" ended, exit code 3 \(BUILD_FAILED\)\s*$/m);
    assert.match(text, /main -> main \(BUILD_FAILED\)/);
    assert.equal((await get(url)).text, pid);
    git(folder, 'reset', '--hard', '--quiet', 'HEAD~1');
  });

  test('of another branch says what to type', async () => {
    const { code, text } = await push('dozen', 'main:feature');
    assert.equal(code, 1);
    assert.match(text, /git push dozen/);
  });

  test('of code that has nothing in common with what runs is refused, unless asked for', async () => {
    const other = makeApp({ ...helloFiles, 'version.js': "module.exports = 'foreign';\n" }, 'other');
    await cli(run.home, ['git:remote', '-a', 'hello'], { cwd: other });
    const orphan = start(other, 'push', '--force', 'dozen', 'main');
    const refused = await orphan.ended;
    assert.equal(refused.code, 1, refused.text);
    assert.match(refused.text, /\(CODEBASE_FOREIGN\)/);
    assert.match((await get(url)).text, /^one /);
    const insisted = await start(other, 'push', '--force', '-o', 'new-codebase', 'dozen', 'main').ended;
    assert.equal(insisted.code, 0, insisted.text);
    assert.match((await get(url)).text, /^foreign /);
    const [release] = await cliJson<{ description: string }[]>(run.home, ['releases', '-a', 'hello']);
    assert.match(release?.description ?? '', /\(new codebase\)$/);
  });

  test('dozen deploy sends a commit without a remote, also over the one before', async () => {
    write(folder, { 'version.js': "module.exports = 'deployed';\n" });
    commit(folder, 'Say deployed');
    git(folder, 'remote', 'remove', 'dozen');
    const args = ['deploy', folder, '--new-codebase', '-a', 'hello'];
    const { status, stderr } = await cli(run.home, args, { cwd: path.dirname(folder) });
    assert.equal(status, 0, stderr);
    assert.match((await get(url)).text, /^deployed /);
    const older = await cli(run.home, ['deploy', folder, '--commit', 'HEAD~1', '-a', 'hello']);
    assert.equal(older.status, 0, older.stderr);
    assert.match((await get(url)).text, /^one /);
    await cli(run.home, ['git:remote', '-a', 'hello'], { cwd: folder });
  });

  test('dozen deploy --worktree sends what is not committed, and what is ignored stays', async () => {
    write(folder, {
      'version.js':
        "module.exports = require('node:fs').existsSync('left-out.txt') ? 'all' : 'uncommitted';\n",
      '.gitignore': 'left-out.txt\n',
      'left-out.txt': 'no',
    });
    const { status, stdout, stderr } = await cli(run.home, ['deploy', '--worktree', '-a', 'hello'], {
      cwd: folder,
    });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^codebase {2}[0-9a-f]{7}\+[0-9a-f]{7}/m);
    assert.match((await get(url)).text, /^uncommitted /);
    git(folder, 'checkout', '--quiet', '.');
  });

  test('dozen deploy --tarball sends a file, and one that is none is refused', async () => {
    write(folder, { 'version.js': "module.exports = 'packed';\n" });
    const tarball = `${folder}.tar.gz`;
    spawnSync('tar', ['-czf', tarball, '--exclude=.git', '-C', folder, '.']);
    const sent = await cli(run.home, ['deploy', '--tarball', tarball, '-a', 'hello']);
    assert.equal(sent.status, 0, sent.stderr);
    assert.match((await get(url)).text, /^packed /);
    const bad = await cli(run.home, ['deploy', '--tarball', '-', '-a', 'hello'], {
      input: 'no tarball at all',
    });
    assert.equal(bad.status, 1);
    assert.match(bad.stderr, /\(TARBALL_[A-Z]+\)/);
    assert.match((await get(url)).text, /^packed /);
    await eventually(
      () => readdirSync(path.join(run.home, 'builds')).every((name) => !name.startsWith('build-')),
      { what: 'no upload is left' },
    );
    git(folder, 'checkout', '--quiet', '.');
  });

  test('after a tarball, foreign code is refused as before it', async () => {
    const foreign = makeApp(helloFiles, 'foreign');
    const { status, stderr } = await cli(run.home, ['deploy', foreign, '-a', 'hello']);
    assert.equal(status, 1, stderr);
    assert.match(stderr, /\(CODEBASE_FOREIGN\)/);
    assert.match((await get(url)).text, /^packed /);
  });

  test('without a token, or for an app that is not there, is refused', async () => {
    const bare = spawn('git', ['push', `${run.apiUrl}/hello.git`, 'HEAD:main'], {
      cwd: folder,
      env: {
        ...process.env,
        GIT_TERMINAL_PROMPT: '0',
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'credential.helper',
        GIT_CONFIG_VALUE_0: '',
        GIT_ASKPASS: 'true',
        HOME: '/nowhere',
        DOZEN_HOME: '/nowhere',
      },
      stdio: 'ignore',
    });
    assert.notEqual((await once(bare, 'exit'))[0], 0);
    const { code, text } = await start(folder, 'push', `${run.apiUrl}/nope.git`, 'HEAD:main').ended;
    assert.notEqual(code, 0);
    assert.match(text, /not found|404/);
  });

  test('that is broken off in the middle of a build leaves no build behind, and the next one works', async () => {
    write(folder, {
      'package.json': JSON.stringify({ name: 'hello', private: true, scripts: { build: 'sleep 34.1417' } }),
    });
    commit(folder, 'Build for long');
    const pushing = start(folder, 'push', '--force', 'dozen', 'main');
    await eventually(() => processesOf('sleep 34.1417').length > 0, { what: 'the build sleeps' });
    process.kill(-(pushing.child.pid ?? 0), 'SIGKILL');
    await eventually(
      () => processesOf('sleep 34.1417').length === 0 && pidsOf(run.home, 'build').length === 0,
      {
        what: 'no build is left',
      },
    );
    write(folder, { ...helloFiles, 'version.js': "module.exports = 'again';\n" });
    commit(folder, 'Build quickly');
    const { code, text } = await push('--force', 'dozen', 'main');
    assert.equal(code, 0, text);
    assert.match((await get(url)).text, /^again /);
  });

  test('while another is at work is refused at once, and says since when', async () => {
    write(folder, {
      'package.json': JSON.stringify({ name: 'hello', private: true, scripts: { build: 'sleep 3.1417' } }),
    });
    commit(folder, 'Build for a while');
    const first = start(folder, 'push', 'dozen', 'main');
    await eventually(() => processesOf('sleep 3.1417').length > 0, { what: 'the first build is at work' });
    const second = await push('--force', 'dozen', 'HEAD~1:main');
    assert.notEqual(second.code, 0, second.text);
    assert.match(second.text, /another push to this app is at work since/);
    const { code, text } = await first.ended;
    assert.equal(code, 0, text);
  });
});
