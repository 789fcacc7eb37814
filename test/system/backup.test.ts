import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { copyExample, deploy, eventually, get, makeHome, removeHome } from '../parts/platform-run.ts';
import { cli, cliJson, removeServer, type ServerRun, startServer } from '../parts/server-run.ts';

interface Entry {
  readonly name: string;
}

describe('a backup of a platform', { timeout: 300_000 }, () => {
  const elsewhere = makeHome();
  const next = path.join(elsewhere, 'home');
  const file = path.join(elsewhere, 'backup.dozen');
  let run: ServerRun;

  const urlOf = (): string => `http://guestbook.localhost:${run.routerPort}/`;
  const names = async (): Promise<string[]> =>
    (JSON.parse((await get(urlOf(), '/entries.json')).text).entries as Entry[])
      .map(({ name }) => name)
      .sort();
  const write = (name: string) =>
    get(urlOf(), '/entries', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name, message: 'Hello' }),
    });

  before(async () => {
    run = await startServer();
    const events = await deploy(run.home, {
      app: 'guestbook',
      folder: copyExample('guestbook'),
      from: 'commit',
    });
    assert.equal(events.at(-1)?.kind, 'serving', JSON.stringify(events.at(-1)));
    assert.equal((await write('Ada')).status, 201);
    const set = await cli(run.home, ['config', 'set', 'GUESTBOOK_TITLE=Visitors', '-a', 'guestbook']);
    assert.equal(set.status, 0, set.stderr);
  });
  after(async () => {
    await removeServer(run);
    removeHome(elsewhere);
  });

  test('is taken while it runs, without the key, and takes the place of nothing', async () => {
    const made = await cli(run.home, ['backup', '--out', file]);
    assert.equal(made.status, 0, made.stderr);
    assert.match(made.stdout, /^.*\/backup\.dozen: [\d.]+ MB, with the data of 1 services\n$/);
    assert.match(made.stderr, /^The master key is not in it/);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(
      readdirSync(path.join(run.home, 'cache')).filter((name) => name.startsWith('backup-')),
      [],
    );
    assert.match((await cli(run.home, ['backup', '--out', file])).stderr, /\(BACKUP_EXISTS\)/);
    assert.match((await cli(run.home, ['restore', '--from', file])).stderr, /\(HOME_NOT_EMPTY\)/);
  });

  test('that is cut off is refused whole, and no home is made of it', async () => {
    const cut = path.join(elsewhere, 'cut.dozen');
    writeFileSync(cut, readFileSync(file).subarray(0, statSync(file).size - 100));
    assert.match((await cli(next, ['restore', '--from', cut])).stderr, /\(BACKUP_DAMAGED\)/);
    assert.match((await cli(next, ['restore', '--from', `${cut}x`])).stderr, /\(BACKUP_MISSING\)/);
    assert.ok(!existsSync(next));
    assert.deepEqual(readdirSync(elsewhere).sort(), ['backup.dozen', 'cut.dozen']);
  });

  test('becomes a platform elsewhere that serves the same app with its data', async () => {
    const key = path.join(elsewhere, 'master.key');
    copyFileSync(path.join(run.home, 'keys/master.key'), key);
    assert.equal((await write('Grace')).status, 201, 'after the backup');
    await removeServer(run);
    const restored = await cli(next, ['restore', '--from', file]);
    assert.equal(restored.status, 0, restored.stderr);
    assert.match(restored.stdout, /\nNext: put master\.key into .*\/keys \(chmod 600\), or set DOZEN_KEY/);
    await assert.rejects(startServer(next), /MASTER_KEY_MISSING/);
    copyFileSync(key, path.join(next, 'keys/master.key'));
    run = await startServer(next);
    await eventually(async () => (await get(urlOf()).catch(() => null))?.status === 200, {
      what: 'the app answers',
      withinMs: 60_000,
    });
    assert.deepEqual(await names(), ['Ada']);
    assert.match((await get(urlOf(), '/', { headers: { Accept: 'text/html' } })).text, /Visitors/);
    assert.equal((await write('Barbara')).status, 201);
    const verified = await cli(next, ['releases', 'verify', '-a', 'guestbook']);
    assert.match(verified.stdout, /^The chain of guestbook holds: \d+ releases\n$/);
    assert.deepEqual(readdirSync(path.join(next, 'services/incoming')), []);
    assert.equal(await run.end('SIGTERM'), 0);
    run = await startServer(next);
    await eventually(async () => (await names().catch(() => [])).join() === 'Ada,Barbara', {
      what: 'what was written since stays',
      withinMs: 60_000,
    });
  });

  test('has the key where that is wished', async () => {
    const withKey = path.join(elsewhere, 'with-key.dozen');
    const made = await cliJson<{ key: boolean }>(run.home, ['backup', '--out', withKey, '--with-key']);
    assert.equal(made.key, true);
    const third = path.join(elsewhere, 'third');
    const restored = await cliJson<{ key: boolean; services: number }>(third, ['restore', '--from', withKey]);
    assert.deepEqual([restored.key, restored.services], [true, 1]);
    assert.equal(
      readFileSync(path.join(third, 'keys/master.key'), 'utf8'),
      readFileSync(path.join(run.home, 'keys/master.key'), 'utf8'),
    );
    const { status, stderr } = await cli(third, ['rotate-key']);
    assert.equal(status, 0, stderr);
  });
});
