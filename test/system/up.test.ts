import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  commit,
  deploy,
  dozen,
  eventually,
  get,
  helloFiles,
  makeApp,
  makeHome,
  processesOf,
  removeHome,
  runsLeft,
  serving,
  type UpRun,
  up,
  urlOf,
  write,
} from '../parts/platform-run.ts';

describe('dozen up', { timeout: 300_000 }, () => {
  let home: string;
  let app: string;
  let run: UpRun;
  let url: string;

  before(async () => {
    home = makeHome();
    app = makeApp(helloFiles);
    run = up(home, [app]);
    url = urlOf(await run.until(serving));
  });
  after(async () => {
    await run.end('SIGINT');
    removeHome(home);
  });

  const released = (of: UpRun): unknown => of.said.find(({ kind }) => kind === 'release');

  test('tells each stage, in order, and serves', async () => {
    const stages = run.said
      .map(({ kind }) => kind)
      .filter((kind) => !['output', 'log', 'platform'].includes(kind));
    assert.deepEqual(stages, ['app', 'source', 'builder', 'built', 'release', 'process', 'serving']);
    assert.match(url, /^http:\/\/hello\.localhost:\d+\/$/);
    assert.match((await get(url)).text, /^one web\.1 \d+\n$/);
  });

  test('prints the log of the app and of the router', async () => {
    await get(url, '/a?b=c');
    await run.until(({ kind, text }) => kind === 'log' && text === 'listening');
    const line = await run.until(
      ({ process, text }) => process === 'router' && String(text).includes('path="/a?b=c"'),
    );
    assert.match(
      String(line.text),
      /^at=info method=GET path="\/a\?b=c" host=hello\.localhost request_id=\S+ fwd="127\.0\.0\.1" dyno=web\.1 connect=\d+ms service=\d+ms status=200 bytes=\d+ protocol=http$/,
    );
  });

  /** A request that the app has begun to answer, and takes 1.5 s over. */
  async function slowRequest(): Promise<{ answer: ReturnType<typeof get> }> {
    const begun = (): number => run.said.filter(({ text }) => text === 'slow begins').length;
    const before = begun();
    const answer = get(url, '/slow');
    await run.until(() => begun() > before);
    return { answer };
  }

  test('a second one on the same home says who holds it, and disturbs nothing', async () => {
    const second = spawnSync(dozen, ['up', app], {
      env: { ...process.env, DOZEN_HOME: home },
      encoding: 'utf8',
    });
    assert.equal(second.status, 1);
    assert.match(
      second.stderr,
      new RegExp(
        `^Cannot use "${home}": process ${run.child.pid} \\(dozen up\\) holds it since .* \\(HOME_LOCKED\\)\\n {2}Next: `,
      ),
    );
    assert.equal((await get(url)).status, 200);
  });

  test('a new commit replaces what runs without a failed request', async () => {
    let failed = 0;
    let asked = 0;
    const stop = new AbortController();
    const stream = (async () => {
      while (!stop.signal.aborted) {
        asked += 1;
        const answer = await get(url).catch((error: Error) => ({ status: 0, text: error.message }));
        if (answer.status !== 200) failed += 1;
      }
    })();
    const slow = await slowRequest();
    write(app, { 'version.js': "module.exports = 'two';\n" });
    commit(app, 'Say two');
    const events = await deploy(home, { app: 'hello', folder: app, from: 'commit' });
    assert.equal(events.at(-1)?.kind, 'serving', JSON.stringify(events.at(-1)));
    assert.match((await get(url)).text, /^two /);
    assert.match(
      (await slow.answer).text,
      /^one /,
      'a request in flight is finished by the process that had it',
    );
    stop.abort();
    await stream;
    assert.ok(asked > 20, `${asked} requests`);
    assert.equal(failed, 0, `${failed} of ${asked} requests failed`);
  });

  for (const { what, files, code } of [
    {
      what: 'a build that fails',
      files: {
        'package.json': JSON.stringify({
          name: 'hello',
          private: true,
          scripts: { build: 'echo no; exit 3' },
        }),
      },
      code: 'BUILD_FAILED',
    },
    {
      what: 'a release phase that fails',
      files: {
        'package.json': helloFiles['package.json'],
        Procfile: 'release: echo no; exit 4\nweb: node server.js\n',
      },
      code: 'RELEASE_PHASE_FAILED',
    },
    { what: 'a start that fails', files: { Procfile: 'web: exit 5\n' }, code: 'PROCESS_NOT_READY' },
  ]) {
    test(`${what} leaves the old release serving`, async () => {
      const pid = (await get(url)).text;
      write(app, files);
      commit(app, what);
      const last = (await deploy(home, { app: 'hello', folder: app, from: 'commit' })).at(-1);
      assert.equal(last?.kind === 'failed' ? last.error.code : last?.kind, code);
      assert.equal((await get(url)).text, pid);
    });
  }

  test('Ctrl-C drains and stops everything, and nothing is left', async () => {
    write(app, helloFiles);
    commit(app, 'Mend it');
    await deploy(home, { app: 'hello', folder: app, from: 'commit' });
    const slow = await slowRequest();
    assert.equal(await run.end('SIGINT'), 0);
    assert.equal((await slow.answer).status, 200, 'the request in flight was answered');
    assert.deepEqual(processesOf(home), []);
    assert.deepEqual(runsLeft(home), []);
  });

  test('the same commit and config make no new release', async () => {
    run = up(home, [app]);
    url = urlOf(await run.until(serving));
    assert.equal((released(run) as { unchanged?: boolean }).unchanged, true);
    assert.equal((await get(url)).status, 200);
  });

  test('uncommitted changes are named in a warning and not deployed', async () => {
    await run.end('SIGINT');
    write(app, { 'version.js': "module.exports = 'three';\n" });
    run = up(home, [app]);
    url = urlOf(await run.until(serving));
    const warning = run.said.find(({ kind }) => kind === 'warning');
    assert.equal(warning?.code, 'UNCOMMITTED_CHANGES');
    assert.match(String(warning?.message), /version\.js/);
    assert.match((await get(url)).text, /^one /);
  });

  test('--worktree deploys them, and records base commit and digest', async () => {
    await run.end('SIGINT');
    run = up(home, [app, '--worktree']);
    url = urlOf(await run.until(serving));
    const source = run.said.find(({ kind }) => kind === 'source') as
      | { revision?: { commit: string; worktree: string } }
      | undefined;
    assert.match(source?.revision?.commit ?? '', /^[0-9a-f]{40}$/);
    assert.match(source?.revision?.worktree ?? '', /^[0-9a-f]{64}$/);
    assert.match((await get(url)).text, /^three /);
  });

  test('SIGKILL of the parent leaves nothing within 10 s', async () => {
    await run.end('SIGKILL');
    await eventually(() => processesOf(home).length === 0, {
      what: 'no process of the platform',
      withinMs: 10_000,
    });
    assert.deepEqual(runsLeft(home), []);
  });

  test('a port that is taken is refused with a code, and nothing is left', async () => {
    run = up(home, [app]);
    url = urlOf(await run.until(serving));
    const other = makeHome();
    const { port } = new URL(url);
    const second = spawnSync(dozen, ['up', app, '--port', port], {
      env: { ...process.env, DOZEN_HOME: other },
      encoding: 'utf8',
    });
    assert.equal(second.status, 1);
    assert.match(
      second.stderr,
      /^Cannot listen on 127\.0\.0\.1:\d+: another program does \(PORT_TAKEN\)\n {2}Next: /,
    );
    assert.deepEqual(processesOf(other), []);
    removeHome(other);
  });
});

test('a path that holds no app is refused with a code and a next step, and nothing keeps running', () => {
  const home = makeHome();
  const run = spawnSync(dozen, ['up', path.join(home, 'nowhere')], {
    env: { ...process.env, DOZEN_HOME: home },
    encoding: 'utf8',
  });
  assert.equal(run.status, 1);
  assert.match(run.stderr, /^Cannot .*: .* \([A-Z_]+\)\n {2}Next: /);
  assert.deepEqual(processesOf(home), []);
  removeHome(home);
});

test('a second Ctrl-C ends at once an app that ignores the first, and leaves nothing', {
  timeout: 60_000,
}, async () => {
  const home = makeHome();
  const server = helloFiles['server.js'].replace(
    /process\.on\('SIGTERM'.*/s,
    "process.on('SIGTERM', () => console.log('ignored'));\n",
  );
  const run = up(home, [makeApp({ ...helloFiles, 'server.js': server })]);
  try {
    await run.until(serving);
    run.child.kill('SIGINT');
    await run.until(({ kind, text }) => kind === 'log' && text === 'ignored');
    run.child.kill('SIGINT');
    await eventually(() => run.child.exitCode !== null, { what: 'it has ended', withinMs: 10_000 });
    assert.equal(run.child.exitCode, 0);
    assert.ok(
      !run.said.some(({ text }) => String(text).startsWith('Error R12')),
      'its grace was not awaited',
    );
    await eventually(() => processesOf(home).length === 0, { what: 'no process is left' });
    assert.deepEqual(runsLeft(home), []);
  } finally {
    run.child.kill('SIGKILL');
    removeHome(home);
  }
});
