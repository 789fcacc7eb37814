import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  accept,
  bench,
  bodyOf,
  head,
  held,
  limits,
  refsOf,
  repo,
  textOf,
} from '../../../test/parts/git-bench.ts';
import { type Client, mountGit, startClient } from '../../../test/parts/git-http.ts';
import { commitAll, folder, git, listing, repository, write } from '../../../test/parts/git-repository.ts';
import { systemClock } from '../../../test/parts/local-host.ts';
import type { GitServer } from './git-server.ts';
import { openGitServer } from './open-git-server.ts';

test('while a push is at work another one is refused at once, with the time the first began', async (t) => {
  const update = held();
  const at = await bench(t, update);
  const first = at.start('dozen', 'main');
  await first.said('remote: working');
  const second = await at.push('dozen', 'main');
  assert.equal(second.code, 128);
  assert.match(second.text, /Cannot push: another push to this app is at work since 20\d\d-.*Z; wait/);
  const late = at.server.serve(repo, 'git-receive-pack', bodyOf('0000'), { onUpdate: accept });
  assert.match(await textOf(late), /^[0-9a-f]{4}\x03Cannot push: another push .*0000$/s);
  update.finish();
  assert.equal((await first.ended).code, 0);
});

test('a push that is overtaken after it was let in is refused with the same words', async (t) => {
  const update = held();
  const at = await bench(t, update);
  const idle = openGitServer({ folder: at.home, limits, clock: systemClock });
  t.after(() => idle.close());
  const late = { ...at.server, advertise: idle.advertise };
  const urlOf = await mountGit(t, { server: late, onUpdate: accept });
  const first = at.start('dozen', 'main');
  await first.said('remote: working');
  const second = await at.push(urlOf(repo), 'main');
  assert.notEqual(second.code, 0);
  assert.match(second.text, /Cannot push: another push to this app is at work since/);
  update.finish();
  assert.equal((await first.ended).code, 0);
});

test('a branch that was moved between asking and pushing is refused before anything is deployed', async (t) => {
  const at = await bench(t);
  assert.equal((await at.push('dozen', 'main')).code, 0);
  const old = head(at);
  for (const name of ['b', 'c']) {
    write(at.work, { [name]: '' });
    commitAll(at.work);
  }
  assert.equal((await at.push('dozen', 'main')).code, 0);
  const moving: GitServer = {
    ...at.server,
    advertise: async function* (...asked) {
      yield* at.server.advertise(...asked);
      git(at.server.folderOf(repo), 'update-ref', 'refs/heads/main', old);
    },
  };
  const urlOf = await mountGit(t, { server: moving, onUpdate: () => assert.fail('nobody was to be asked') });
  const { code, text } = await at.push('--force', urlOf(repo), 'main~1:main');
  assert.equal(code, 1);
  assert.match(text, /main was moved meanwhile, type: git fetch dozen/);
});

test('a server killed while it deploys leaves the ref, its next start sweeps the rest, and the push works', async (t) => {
  const home = path.join(folder(t), 'repositories');
  const killed = await startServer(t, home);
  const work = repository(t, { a: '' });
  const client = startClient(t, { cwd: work, args: ['push', killed.url, 'HEAD:main'] });
  await client.said('remote: working');
  killed.child.kill('SIGKILL');
  assert.notEqual((await client.ended).code, 0);
  const server = openGitServer({ folder: home, limits, clock: systemClock });
  t.after(() => server.close());
  assert.deepEqual(listing(path.join(server.folderOf(repo), 'refs')), []);
  assert.deepEqual(listing(path.join(server.folderOf(repo), 'objects')), []);
  const urlOf = await mountGit(t, { server, onUpdate: accept });
  const again = startClient(t, { cwd: work, args: ['push', urlOf(repo), 'HEAD:main'] });
  assert.equal((await again.ended).code, 0);
});

test('a pusher that vanishes aborts the update; the ref stays even when it accepts', async (t) => {
  const update = held();
  const at = await bench(t, update);
  const client = at.start('dozen', 'main');
  const signal = await update.started;
  killGroup(client);
  if (!signal.aborted) await once(signal, 'abort', { signal: AbortSignal.timeout(20_000) });
  update.finish();
  await at.server.close();
  assert.deepEqual(refsOf(at), []);
  assert.deepEqual(listing(path.join(at.server.folderOf(repo), 'objects')), []);
  assert.equal((await at.push('dozen', 'main')).code, 0);
});

test('a push killed while it sends leaves nothing, and the next one works', async (t) => {
  const at = await bench(t);
  const broken = (async function* () {
    yield Buffer.from(
      `00a40000000000000000000000000000000000000000 ${head(at)} refs/heads/main\0 report-status side-band-64k`,
    );
    throw new Error('socket hang up');
  })();
  await assert.rejects(
    textOf(at.server.serve(repo, 'git-receive-pack', broken, { onUpdate: accept })),
    /socket hang up/,
  );
  assert.deepEqual(listing(path.join(at.server.folderOf(repo), 'objects')), []);
  assert.equal((await at.push('dozen', 'main')).code, 0);
});

test('a pack over the limit is refused and leaves nothing', async (t) => {
  const at = await bench(t, { bytes: 100_000 });
  writeFileSync(path.join(at.work, 'noise'), Uint8Array.from(noise(3_000_000)));
  commitAll(at.work);
  const { code, text } = await at.push('dozen', 'main');
  assert.notEqual(code, 0);
  assert.match(text, /exceeds maximum allowed size/);
  assert.deepEqual(at.updates, []);
  assert.deepEqual(listing(path.join(at.server.folderOf(repo), 'objects')), []);
});

test('an update that fails fails the push, and is told to whoever serves', async (t) => {
  const at = await bench(t, {
    onUpdate: async () => {
      throw new Error('the store is gone');
    },
  });
  const { code } = await at.push('dozen', 'main');
  assert.notEqual(code, 0);
  assert.deepEqual(refsOf(at), []);
});

test('objects that are not whole are refused by Git itself', async (t) => {
  const at = await bench(t);
  const bad = `tree ${git(at.work, 'rev-parse', 'HEAD^{tree}')}\nauthor nobody\n\nx\n`;
  writeFileSync(path.join(at.work, 'raw'), bad);
  const commit = git(at.work, 'hash-object', '-t', 'commit', '-w', '--literally', 'raw');
  const { code, text } = await at.push('dozen', `${commit}:refs/heads/main`);
  assert.notEqual(code, 0);
  assert.match(text, /fsck error/);
  assert.deepEqual(at.updates, []);
});

test('what a client sends that is no push is told', async (t) => {
  const at = await bench(t);
  for (const service of ['git-receive-pack', 'git-upload-pack'] as const) {
    await assert.rejects(
      textOf(at.server.serve(repo, service, bodyOf('GET / HTTP/1.1'), { onUpdate: accept })),
      {
        code: 'GIT_REQUEST_BROKEN',
        fault: 'user',
      },
    );
  }
});

test('a name that is no id of ours never becomes a path', async (t) => {
  const at = await bench(t);
  for (const name of ['../x', 'shop', `${repo}/..`]) {
    assert.throws(() => at.server.folderOf(name), /not a UUID/);
    await assert.rejects(textOf(at.server.advertise(name, 'git-upload-pack')), /not a UUID/);
  }
});

test('what a repository or the machine configures runs no hook', async (t) => {
  const at = await bench(t);
  await textOf(at.server.advertise(repo, 'git-receive-pack'));
  const hooks = path.join(at.server.folderOf(repo), 'hooks');
  const trace = path.join(folder(t), 'trace');
  mkdirSync(hooks);
  for (const name of ['pre-receive', 'post-receive', 'post-update', 'reference-transaction'])
    writeFileSync(path.join(hooks, name), `#!/bin/sh\necho ${name} >> ${trace}\n`, { mode: 0o755 });
  assert.equal((await at.push('dozen', 'main')).code, 0);
  assert.equal(existsSync(trace), false);
});

test('a repository is removed with the push at work on it', async (t) => {
  const update = held();
  const at = await bench(t, update);
  const client = at.start('dozen', 'main');
  const signal = await update.started;
  signal.addEventListener('abort', update.finish);
  await at.server.remove(repo);
  assert.notEqual((await client.ended).code, 0);
  assert.deepEqual(readdirSync(at.home), ['hooks']);
  await at.server.remove(repo);
});

test('what a killed server left is swept at the next start', async (t) => {
  const at = await bench(t);
  assert.equal((await at.push('dozen', 'main')).code, 0);
  const home = at.server.folderOf(repo);
  mkdirSync(path.join(home, 'objects/tmp_objdir-incoming-x'));
  mkdirSync(path.join(at.home, '.new-x'));
  writeFileSync(path.join(home, 'refs/heads/main.lock'), '');
  const next = openGitServer({ folder: at.home, limits, clock: systemClock });
  t.after(() => next.close());
  assert.deepEqual(readdirSync(at.home).sort(), [`${repo}.git`, 'hooks']);
  assert.deepEqual(listing(path.join(home, 'refs')), ['heads/main']);
  assert.equal(
    readdirSync(path.join(home, 'objects')).some((name) => name.startsWith('tmp_')),
    false,
  );
  write(at.work, { b: '' });
  commitAll(at.work);
  assert.equal((await at.push('dozen', 'main')).code, 0);
  assert.equal(readFileSync(path.join(home, 'refs/heads/main'), 'utf8').trim(), head(at));
});

/** A server in a process of its own, whose updates never end. */
async function startServer(t: TestContext, home: string): Promise<{ child: ChildProcess; url: string }> {
  const part = (file: string) => JSON.stringify(path.join(import.meta.dirname, file));
  const script = `
    import { openGitServer } from ${part('open-git-server.ts')};
    import { mountGit } from ${part('../../../test/parts/git-http.ts')};
    const clock = { now: () => Date.now() };
    const server = openGitServer({ folder: ${JSON.stringify(home)}, limits: ${JSON.stringify(limits)}, clock });
    const onUpdate = (_, out) => { out('working\\n'); return new Promise(() => {}); };
    const urlOf = await mountGit({ after() {} }, { server, onUpdate });
    console.log(urlOf('${repo}'));`;
  const args = ['--input-type=module', '--eval', script];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data', { signal: AbortSignal.timeout(20_000) });
  return { child, url: String(line).trim() };
}

function killGroup({ child }: Client): void {
  process.kill(-(child.pid ?? assert.fail('it never started')), 'SIGKILL');
}

/** Bytes that do not compress, the same each time. */
function* noise(bytes: number): Generator<number> {
  for (let state = 1, at = 0; at < bytes; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    yield state >>> 16;
  }
}
