/** What people and repositories get wrong: each has its code, and nothing that runs or is kept is harmed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { DeployEvent } from '../../src/factors/deploy-event.ts';
import {
  commit,
  deploy,
  eventually,
  get,
  git,
  helloFiles,
  makeApp,
  makeHome,
  pidsOf,
  processesOf,
  removeHome,
  serving,
  type UpRun,
  up,
  urlOf,
  write,
} from '../parts/platform-run.ts';

const manifest = (more: object): string =>
  JSON.stringify({ name: 'hello', version: '1.0.0', private: true, ...more });
const quick = { dozen: { processes: { web: { readyTimeout: 1, stop: { grace: 1 } } } } };

interface Case {
  readonly what: string;
  readonly files: Readonly<Record<string, string>>;
  readonly code: string;
  readonly message: RegExp;
}

const cases: readonly Case[] = [
  {
    what: 'a Procfile line without a colon',
    files: { Procfile: 'web node server.js\n' },
    code: 'PROCFILE_INVALID',
    message: /^Cannot read Procfile:1/,
  },
  {
    what: 'a Procfile that names nothing runnable',
    files: { Procfile: 'web: no-such-program --port 1\n' },
    code: 'PROCESS_NOT_READY',
    message: /^Cannot start web\.1: exit code 127$/,
  },
  {
    what: 'an empty Procfile',
    files: { Procfile: '', 'package.json': manifest({}) },
    code: 'PROCFILE_EMPTY',
    message: /Procfile/,
  },
  {
    what: 'a tree over the limit',
    files: { 'big.bin': 'x'.repeat(9 * 1024 * 1024) },
    code: 'SOURCE_TOO_LARGE',
    message: /^Cannot read the source: \d+ bytes are over the limit of 8388608$/,
  },
  {
    what: 'dependencies without a lockfile',
    files: { 'package.json': manifest({ dependencies: { hono: '^4.0.0' } }) },
    code: 'LOCKFILE_MISSING',
    message: /lockfile/,
  },
  {
    what: 'a lockfile that does not match',
    files: {
      'package.json': manifest({ dependencies: { hono: '^4.0.0' } }),
      'package-lock.json': JSON.stringify({
        name: 'hello',
        version: '1.0.0',
        lockfileVersion: 3,
        requires: true,
        packages: { '': { name: 'hello', version: '1.0.0' } },
      }),
    },
    code: 'LOCKFILE_STALE',
    message: /package-lock\.json/,
  },
  {
    what: 'an app.json with a slip under "dozen"',
    files: { 'app.json': JSON.stringify({ dozen: { process: {} } }) },
    code: 'APP_JSON_INVALID',
    message: /dozen/,
  },
  {
    what: 'an app.json that asks for a service nobody provides',
    files: { 'app.json': JSON.stringify({ addons: ['mainframe'] }) },
    code: 'SERVICE_KIND_UNKNOWN',
    message: /^Cannot provide "mainframe"/,
  },
  {
    what: 'a variable that app.json requires and nobody gave',
    files: { 'app.json': JSON.stringify({ env: { MAIL_URL: { required: true } } }) },
    code: 'CONFIG_REQUIRED',
    message: /MAIL_URL/,
  },
  {
    what: 'an app that never listens',
    files: { 'app.json': JSON.stringify(quick), Procfile: 'web: sleep 1000\n' },
    code: 'PROCESS_NOT_READY',
    message: /^Cannot start web\.1: it did not listen on port \d+ within 1 s$/,
  },
  {
    what: 'an app that exits at once',
    files: { Procfile: 'web: true\n' },
    code: 'PROCESS_NOT_READY',
    message: /^Cannot start web\.1: exit code 0$/,
  },
  {
    what: 'an app that goes into the background',
    files: { Procfile: 'web: (node server.js &) ; sleep 0.1\n' },
    code: 'PROCESS_NOT_READY',
    message: /^Cannot start web\.1: exit code 0$/,
  },
];

describe('bad input', { timeout: 300_000 }, () => {
  let home: string;
  let app: string;
  let run: UpRun;
  let url: string;

  before(async () => {
    home = makeHome();
    app = makeApp(helloFiles);
    run = up(home, [app], { DOZEN_SOURCE_LIMIT_MB: '8' });
    url = urlOf(await run.until(serving));
  });
  beforeEach(() => {
    for (const name of readdirSync(app))
      if (name !== '.git') rmSync(path.join(app, name), { recursive: true });
    write(app, helloFiles);
  });
  after(async () => {
    await run.end('SIGINT');
    assert.deepEqual(processesOf(home), []);
    removeHome(home);
  });

  async function outcome(folder = app): Promise<DeployEvent | undefined> {
    return (await deploy(home, { app: 'hello', folder, from: 'commit', new_codebase: true })).at(-1);
  }

  async function refused(
    work: () => Promise<DeployEvent | undefined>,
  ): Promise<{ code: string; message: string; hint?: string }> {
    const serving = (await get(url)).text;
    const last = await work();
    assert.equal((await get(url)).text, serving, 'the same process answers as before');
    assert.equal(last?.kind, 'failed', JSON.stringify(last));
    return last?.kind === 'failed' ? last.error : assert.fail();
  }

  for (const { what, files, code, message } of cases) {
    test(`${what} is refused with ${code}`, async () => {
      write(app, files);
      commit(app, what);
      const error = await refused(() => outcome());
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      assert.ok((error.hint ?? '').length > 5, 'there is a next step');
    });
  }

  test('a repository without commits is refused', async () => {
    const empty = mkdtempSync(path.join(tmpdir(), 'dozen-app-'));
    git(empty, 'init', '--quiet');
    assert.equal((await refused(() => outcome(empty))).code, 'REPOSITORY_EMPTY');
  });

  test('a folder that holds nothing recognised is refused', async () => {
    const folder = makeApp({ 'notes.txt': 'nothing here' }, 'notes');
    assert.equal((await refused(() => outcome(folder))).code, 'BUILDER_UNKNOWN');
  });

  test('a link that leaves the tree is refused', async () => {
    symlinkSync('/etc/passwd', path.join(app, 'leak'));
    commit(app, 'Link out');
    const error = await refused(() => outcome());
    assert.equal(error.code, 'SYMLINK_LEAVES');
    assert.match(error.message, /leak/);
  });

  test('file names with line breaks and quotes work', async () => {
    write(app, {
      'a\nb "c" $(id).txt': 'fine',
      'version.js':
        "module.exports = require('node:fs').readdirSync('.').filter((name) => name.includes('\\n')).length + ' odd name';\n",
    });
    commit(app, 'Name files oddly');
    assert.equal((await outcome())?.kind, 'serving');
    assert.match((await get(url)).text, /^1 odd name /);
  });

  test('an app that ignores SIGTERM is replaced after its grace', async () => {
    write(app, {
      'app.json': JSON.stringify(quick),
      'server.js': helloFiles['server.js'].replace(
        /process\.on\('SIGTERM'.*/s,
        "process.on('SIGTERM', () => {});\n",
      ),
    });
    commit(app, 'Ignore SIGTERM');
    assert.equal((await outcome())?.kind, 'serving');
    write(app, {
      ...helloFiles,
      'version.js': "module.exports = 'heeds';\n",
      'app.json': JSON.stringify(quick),
    });
    commit(app, 'Heed it again');
    assert.equal((await outcome())?.kind, 'serving');
    assert.match((await get(url)).text, /^heeds /);
    await run.until(
      ({ kind, text }) =>
        kind === 'log' &&
        text ===
          'Error R12 (Exit timeout) -> At least one process failed to exit within 1 seconds of SIGTERM',
    );
  });

  test('no Procfile and no start script is refused', async () => {
    rmSync(path.join(app, 'Procfile'));
    commit(app, 'Say nothing of how to start');
    const error = await refused(() => outcome());
    assert.equal(error.code, 'PROCFILE_MISSING');
  });

  test('an app that prints a gigabyte, half of it without a line break, fills neither the memory of the runner nor the disk', async () => {
    write(app, {
      'version.js':
        "const line = 'x'.repeat(1023) + '\\n';\nconst { writeSync } = require('node:fs');\nfor (let at = 0; at < 512; at += 1) writeSync(1, line.repeat(1024));\nfor (let at = 0; at < 512; at += 1) writeSync(1, 'y'.repeat(1024 * 1024));\nmodule.exports = 'loud';\n",
    });
    commit(app, 'Be loud');
    assert.equal((await outcome())?.kind, 'serving');
    assert.match((await get(url)).text, /^loud /);
    const [runner] = pidsOf(home, 'runner');
    const peak =
      Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${runner}/status`, 'utf8'))?.[1]) / 1024;
    assert.ok(peak < 400, `the runner took ${peak} MB`);
    await eventually(() => kilobytesOf(path.join(home, 'logs')) < 140 * 1024, {
      what: 'the kept log is within its limit',
    });
    await eventually(() => kilobytesOf(path.join(home, 'engine/runs')) < 64 * 1024, {
      what: 'what was kept is gone from the run',
    });
  });

  test('control killed in the middle of a build leaves none behind, and the next deploy works', async () => {
    write(app, { 'package.json': manifest({ scripts: { build: 'sleep 31.1417' } }) });
    commit(app, 'Build for longer');
    const lost = outcome().catch((error: { code?: string }) => error.code);
    await eventually(() => processesOf('sleep 31.1417').length > 0, { what: 'the build sleeps' });
    const [control] = pidsOf(home, 'control');
    assert.ok(control);
    process.kill(control, 'SIGKILL');
    assert.equal(await lost, 'PEER_AWAY');
    await eventually(() => processesOf('sleep 31.1417').length === 0 && pidsOf(home, 'build').length === 0, {
      what: 'no build is left',
    });
    await eventually(() => pidsOf(home, 'control').some((pid) => pid !== control), {
      what: 'control is back',
    });
    await eventually(
      () => readdirSync(path.join(home, 'builds')).every((name) => !name.startsWith('build-')),
      { what: 'no folder of a build is left' },
    );
    write(app, { ...helloFiles, 'version.js': "module.exports = 'again';\n" });
    commit(app, 'Build quickly');
    await eventually(async () => (await outcome().catch(() => undefined))?.kind === 'serving', {
      what: 'a deploy works again',
    });
    assert.match((await get(url)).text, /^again /);
  });

  test('a build whose own process is killed takes its step along, and the next deploy works', async () => {
    write(app, { 'package.json': manifest({ scripts: { build: 'sleep 32.1417' } }) });
    commit(app, 'Build for even longer');
    const { code } = await refused(async () => {
      const failing = outcome();
      await eventually(() => processesOf('sleep 32.1417').length > 0, { what: 'the build sleeps' });
      const [build] = pidsOf(home, 'build');
      assert.ok(build);
      process.kill(build, 'SIGKILL');
      return failing;
    });
    assert.equal(code, 'BUILD_LOST');
    await eventually(() => processesOf('sleep 32.1417').length === 0, { what: 'the step is gone' });
    assert.deepEqual(
      readdirSync(path.join(home, 'builds')).filter((name) => name.startsWith('build-')),
      [],
    );
    write(app, { ...helloFiles, 'version.js': "module.exports = 'unharmed';\n" });
    commit(app, 'Build quickly once more');
    assert.equal((await outcome())?.kind, 'serving');
  });

  test('control killed while a build prints leaves none behind', async () => {
    const prints = `node -e "setInterval(() => console.log('prints-33'), 1)"`;
    write(app, { 'package.json': manifest({ scripts: { build: prints } }) });
    commit(app, 'Print while building');
    const lost = outcome().catch((error: { code?: string }) => error.code);
    await eventually(() => processesOf('prints-33').length > 0, { what: 'the build prints' });
    const [control] = pidsOf(home, 'control');
    assert.ok(control);
    process.kill(control, 'SIGKILL');
    assert.equal(await lost, 'PEER_AWAY');
    await eventually(() => processesOf('prints-33').length === 0 && pidsOf(home, 'build').length === 0, {
      what: 'no build is left',
    });
    write(app, helloFiles);
    commit(app, 'Print no more');
    await eventually(async () => (await outcome().catch(() => undefined))?.kind === 'serving', {
      what: 'a deploy works again',
    });
  });

  test('a client that vanishes in the middle of a build leaves no build behind, and the next deploy works', async () => {
    write(app, { 'package.json': manifest({ scripts: { build: 'sleep 30.1417' } }) });
    commit(app, 'Build for long');
    const leaving = new AbortController();
    const gone = deploy(home, { app: 'hello', folder: app, from: 'commit' }, leaving.signal);
    await eventually(() => processesOf('sleep 30.1417').length > 0, { what: 'the build sleeps' });
    leaving.abort();
    await gone;
    await eventually(() => processesOf('sleep 30.1417').length === 0 && pidsOf(home, 'build').length === 0, {
      what: 'no build is left',
    });
    write(app, { ...helloFiles, 'version.js': "module.exports = 'after';\n" });
    commit(app, 'Build quickly again');
    assert.equal((await outcome())?.kind, 'serving');
    assert.match((await get(url)).text, /^after /);
    await eventually(
      () => readdirSync(path.join(home, 'builds')).every((name) => !name.startsWith('build-')),
      { what: 'no folder of a build is left' },
    );
  });
});

function kilobytesOf(folder: string): number {
  mkdirSync(folder, { recursive: true });
  const { stdout } = spawnSync('du', ['-sk', folder], { encoding: 'utf8' });
  return statSync(folder).isDirectory() ? Number(stdout.split('\t')[0]) : 0;
}
