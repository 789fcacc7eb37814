import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { bench, head, held, limits, refsOf, repo } from '../../../test/parts/git-bench.ts';
import { startClient } from '../../../test/parts/git-http.ts';
import { commitAll, folder, git, listing, write } from '../../../test/parts/git-repository.ts';
import { openBare } from '../bare.ts';
import type { PushedUpdate } from './git-server.ts';

test('a push is handed over with its commit, the ref moves when it is accepted, a clone has it', async (t) => {
  const at = await bench(t);
  const { code, text } = await at.push('dozen', 'main');
  assert.equal(code, 0, text);
  const { quarantine, ...update } = at.updates[0] ?? assert.fail('nobody asked');
  assert.notEqual(quarantine, null);
  assert.deepEqual(update, {
    ref: 'refs/heads/main',
    branch: 'main',
    before: null,
    commit: head(at),
    repository: at.server.folderOf(repo),
    pushOptions: [],
  });
  assert.deepEqual(refsOf(at), [`refs/heads/main ${head(at)}`]);
  const clone = path.join(folder(t), 'clone');
  const cloned = await startClient(t, { cwd: at.work, args: ['clone', at.url, clone] }).ended;
  assert.equal(cloned.code, 0, cloned.text);
  assert.deepEqual(
    listing(clone).filter((name) => !name.startsWith('.git/')),
    ['Procfile'],
  );
});

test('what is said reaches the pusher before the push ends', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const at = await bench(t, {
    onUpdate: async (_, out) => {
      out('building\n');
      await promise;
      out('done; $(id) `id` %s\n');
      return 'accept';
    },
  });
  const client = at.start('dozen', 'main');
  await client.said('remote: building');
  assert.equal(client.child.exitCode, null);
  assert.deepEqual(refsOf(at), []);
  resolve();
  const { code, text } = await client.ended;
  assert.equal(code, 0);
  assert.match(text, /remote: done; \$\(id\) `id` %s/);
});

test('a rejection fails the push with its reason, and leaves neither ref nor objects', async (t) => {
  const at = await bench(t, { onUpdate: async () => ({ reject: 'the build failed\n(BUILD_FAILED)' }) });
  const { code, text } = await at.push('dozen', 'main');
  assert.equal(code, 1);
  assert.match(text, /! \[remote rejected\] main -> main \(the build failed \(BUILD_FAILED\)\)/);
  assert.deepEqual(refsOf(at), []);
  assert.deepEqual(listing(path.join(at.server.folderOf(repo), 'objects')), []);
});

test('what is being pushed can be read before it is accepted', async (t) => {
  const seen: unknown[] = [];
  const at = await bench(t, {
    onUpdate: async (update) => {
      const source = { ...update, folder: '' };
      const snapshot = await openBare(source, { branch: update.branch, limits });
      const into = folder(t);
      await snapshot.extract(into);
      snapshot.close();
      seen.push(listing(into), snapshot.revision.roots, snapshot.revision.branch);
      return 'accept';
    },
  });
  assert.equal((await at.push('dozen', 'main')).code, 0);
  const first = head(at);
  write(at.work, { 'a\nb': 'x', 'd/é': 'y' });
  commitAll(at.work);
  assert.equal((await at.push('dozen', 'main')).code, 0);
  assert.deepEqual(seen, [['Procfile'], [first], 'main', ['Procfile', 'a\nb', 'd/é'], [first], 'main']);
});

test('a forced push is a push, and says what was there before', async (t) => {
  const at = await bench(t);
  assert.equal((await at.push('dozen', 'main')).code, 0);
  const before = head(at);
  git(at.work, 'commit', '--quiet', '--amend', '--message=Second thoughts');
  assert.equal((await at.push('dozen', 'main')).code, 1);
  assert.equal((await at.push('--force', 'dozen', 'main')).code, 0);
  assert.deepEqual(
    at.updates.map((update) => update.before),
    [null, before],
  );
  assert.deepEqual(refsOf(at), [`refs/heads/main ${head(at)}`]);
});

test('an older commit is deployed again by pushing it', async (t) => {
  const at = await bench(t);
  const old = head(at);
  write(at.work, { b: '' });
  commitAll(at.work);
  assert.equal((await at.push('dozen', 'main')).code, 0);
  assert.equal((await at.push('--force', 'dozen', `${old}:main`)).code, 0);
  assert.equal(at.updates[1]?.commit, old);
});

test('other branches, tags and deletions are refused with what to type, beside a main that is deployed', async (t) => {
  const at = await bench(t);
  git(at.work, 'branch', 'feature');
  git(at.work, 'tag', 'v1');
  const { code, text } = await at.push('dozen', 'feature', 'main', 'v1');
  assert.equal(code, 1);
  assert.match(
    text,
    /feature -> feature \(only main or master is deployed, type: git push dozen HEAD:main\)/,
  );
  assert.match(text, /v1 -> v1 \(a tag is not deployed, type: git push dozen HEAD:main\)/);
  assert.match(text, /\[new branch\] +main -> main/);
  assert.deepEqual(refsOf(at), [`refs/heads/main ${head(at)}`]);
  const removed = await at.push('dozen', ':main');
  assert.equal(removed.code, 1);
  assert.match(removed.text, /main \(what is deployed cannot be deleted, type: git push dozen HEAD:main\)/);
  const alone = await at.push('dozen', 'feature');
  assert.equal(alone.code, 1);
  assert.match(alone.text, /only main or master is deployed/);
  assert.equal(at.updates.length, 1);
});

test('master is deployed as main is, not both at once, and a clone checks it out', async (t) => {
  const at = await bench(t);
  const both = await at.push('dozen', 'main', 'main:master');
  assert.equal(both.code, 1);
  assert.match(both.text, /main and master are deployed one at a time/);
  assert.deepEqual(at.updates, []);
  assert.equal((await at.push('dozen', 'main:master')).code, 0);
  assert.equal(git(at.server.folderOf(repo), 'symbolic-ref', 'HEAD'), 'refs/heads/master');
});

test('a branch that names no commit is refused before anything is deployed', async (t) => {
  const at = await bench(t);
  const { code, text } = await at.push('dozen', 'HEAD^{tree}:refs/heads/main');
  assert.equal(code, 1);
  assert.match(text, /what was pushed is no commit/);
  assert.deepEqual(at.updates, []);
});

test('options of a push are handed over as they were given', async (t) => {
  const at = await bench(t);
  const option = 'note=a b "c" $(id)';
  assert.equal((await at.push('-o', 'new-codebase', '-o', option, 'dozen', 'main')).code, 0);
  assert.deepEqual(at.updates[0]?.pushOptions, ['new-codebase', option]);
});

test('a push with nothing new asks nobody', async (t) => {
  const at = await bench(t);
  assert.equal((await at.push('dozen', 'main')).code, 0);
  const { code, text } = await at.push('dozen', 'main');
  assert.deepEqual([code, text.trim()], [0, 'Everything up-to-date']);
  assert.equal(at.updates.length, 1);
});

test('all or nothing is not offered: a deploy cannot be taken back', async (t) => {
  const at = await bench(t);
  const { code, text } = await at.push('--atomic', 'dozen', 'main');
  assert.notEqual(code, 0);
  assert.match(text, /does not support --atomic push/);
});

test('five thousand files are pushed', async (t) => {
  const at = await bench(t);
  for (let n = 0; n < 5_000; n += 1) write(at.work, { [`d${n % 50}/f${n}`]: `file ${n}` });
  commitAll(at.work);
  const { code, text } = await at.push('dozen', 'main');
  assert.equal(code, 0, text);
  const snapshot = await openBare(
    { ...(at.updates[0] as PushedUpdate), quarantine: null, folder: '' },
    { branch: null, limits },
  );
  t.after(() => snapshot.close());
  assert.equal(snapshot.files, 5_001);
});

test('while an update is silent something is sent every few seconds', async (t) => {
  const update = held();
  const at = await bench(t, update);
  const env = { GIT_TRACE_PACKET: '1' };
  const client = startClient(t, { cwd: at.work, args: ['push', 'dozen', 'main'], env });
  await client.said('remote: working');
  await client.said('sideband< \\1');
  assert.equal(client.child.exitCode, null);
  update.finish();
  assert.equal((await client.ended).code, 0);
});

test('a clone without its history is refused before anything is deployed', async (t) => {
  const at = await bench(t);
  write(at.work, { b: '' });
  commitAll(at.work);
  const shallow = path.join(folder(t), 'shallow');
  git(at.work, 'clone', '--quiet', '--depth=1', `file://${at.work}`, shallow);
  const { code, text } = await startClient(t, { cwd: shallow, args: ['push', at.url, 'HEAD:main'] }).ended;
  assert.equal(code, 1);
  assert.match(text, /main \(its history is missing, type: git fetch --unshallow\)/);
  assert.deepEqual(at.updates, []);
  assert.equal((await at.push('dozen', 'main')).code, 0);
  write(shallow, { c: '' });
  commitAll(shallow);
  const later = await startClient(t, { cwd: shallow, args: ['push', at.url, 'HEAD:main'] }).ended;
  assert.equal(later.code, 0, later.text);
});
