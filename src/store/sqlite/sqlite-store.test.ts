import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { storeContract } from '../store.contract.ts';
import { masterKey } from './master-key.ts';
import { migrate } from './migrations.ts';
import { openStore } from './sqlite-store.ts';

const key = masterKey(Buffer.alloc(32, 7));

storeContract('SQLite store', (clock) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-store-'));
  const file = path.join(folder, 'dozen.db');
  migrate(file);
  return {
    open: () => openStore(file, { masterKey: key, clock }),
    remove: () => rmSync(folder, { recursive: true }),
  };
});

test('all files of a store are its owner’s alone', (context) => {
  const parent = mkdtempSync(path.join(tmpdir(), 'dozen-store-'));
  context.after(() => rmSync(parent, { recursive: true }));
  const folder = path.join(parent, 'store');
  const file = path.join(folder, 'dozen.db');
  migrate(file);
  const store = openStore(file, { masterKey: key, clock: Date });
  context.after(() => store.close());
  store.createApp('guestbook');
  const modes = readdirSync(folder).map((name) => [name, statSync(path.join(folder, name)).mode & 0o777]);
  assert.deepEqual(modes, [
    ['dozen.db', 0o600],
    ['dozen.db-shm', 0o600],
    ['dozen.db-wal', 0o600],
  ]);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
});

test('a store that other users have rights on is not opened', (context) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-store-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'dozen.db');
  migrate(file);
  const open = () => openStore(file, { masterKey: key, clock: Date });
  const refusal = (name: string) => ({
    code: 'STORE_EXPOSED',
    message: `Cannot open the store "${file}": other users have rights on "${name}"`,
    hint: `Run chmod go-rwx "${name}"`,
  });
  chmodSync(file, 0o640);
  assert.throws(open, refusal(file));
  chmodSync(file, 0o600);
  chmodSync(folder, 0o755);
  assert.throws(open, refusal(folder));
});

test('what is not a store is refused as it is', (context) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-store-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'dozen.db');
  const open = () => openStore(file, { masterKey: key, clock: Date });
  assert.throws(open, {
    code: 'STORE_MISSING',
    message: `Cannot open the store "${file}": there is none`,
    hint: 'Run dozen migrate, which makes it',
  });
  writeFileSync(file, 'a diary, not a database\n'.repeat(100), { mode: 0o600 });
  const refusal = {
    code: 'STORE_FOREIGN',
    message: `Cannot use the store "${file}": the file is not a store of Dozen`,
  };
  assert.throws(open, refusal);
  assert.throws(() => migrate(file), refusal);
});
