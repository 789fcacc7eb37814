import assert from 'node:assert/strict';
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { test } from 'node:test';
import { filled, scratchStore } from '../../../test/fixtures/store/scratch-store.ts';
import { openDatabase } from './database.ts';

test('every connection syncs before it acknowledges, and keeps the guards on', (context) => {
  const db = openDatabase(scratchStore(context).file);
  context.after(() => db.close());
  const full = 2;
  for (const [pragma, expected] of Object.entries({
    journal_mode: 'wal',
    synchronous: full,
    foreign_keys: 1,
    recursive_triggers: 1,
    secure_delete: 1,
    trusted_schema: 0,
  })) {
    assert.deepEqual(db.one(`PRAGMA ${pragma}`), { [pragma]: expected });
  }
  assert.deepEqual(db.one('PRAGMA busy_timeout'), { timeout: 5_000 });
});

test('a write that throws is undone, and the connection goes on', (context) => {
  const db = openDatabase(scratchStore(context).file);
  context.after(() => db.close());
  const stop = new Error('stop');
  const insert = "INSERT INTO generations VALUES ('owner', 1)";
  assert.throws(
    () =>
      db.write(() => {
        db.run(insert);
        throw stop;
      }),
    stop,
  );
  assert.equal(db.one('SELECT * FROM generations'), null);
  assert.equal(
    db.write(() => db.run(insert)),
    1,
  );
});

test('a read sees one state, whoever writes meanwhile', (context) => {
  const scratch = scratchStore(context);
  const store = scratch.open();
  const db = openDatabase(scratch.file);
  context.after(() => db.close());
  const count = () => db.one('SELECT count(*) AS apps FROM apps');
  db.read(() => {
    assert.deepEqual(count(), { apps: 0 });
    store.createApp('guestbook');
    assert.deepEqual(count(), { apps: 0 });
  });
  assert.deepEqual(count(), { apps: 1 });
});

test('a write inside a write is refused, and the outer one is undone', (context) => {
  const scratch = scratchStore(context);
  const store = scratch.open();
  const ports = { first: 20_000, last: 20_001, coolDownMs: 0 };
  assert.throws(() => store.leasePort('web.1', ports, () => store.nextGeneration('owner') > 0), {
    code: 'STORE_FAILED',
    message: `Cannot use the store "${scratch.file}": SQLite says cannot start a transaction within a transaction`,
  });
  assert.deepEqual(store.portLeases(), []);
  assert.equal(store.nextGeneration('owner'), 1);
});

test('a damaged file is said to be one', (context) => {
  const scratch = scratchStore(context);
  const store = scratch.open();
  const { app } = filled(store, 1);
  store.close();
  const { size } = statSync(scratch.file);
  const file = openSync(scratch.file, 'r+');
  writeSync(file, Buffer.alloc(size - 4_096, 0xff), 0, size - 4_096, 4_096);
  closeSync(file);
  assert.throws(() => scratch.open().findRelease(app.id, 1), {
    code: 'STORE_CORRUPT',
    message: `Cannot use the store "${scratch.file}": its file is damaged`,
    hint: 'Restore it from a backup',
  });
});

test('a store is emptied of what was deleted only when no reader holds the old state', (context) => {
  const scratch = scratchStore(context);
  const store = scratch.open();
  const { app } = filled(store, 1);
  const db = openDatabase(scratch.file);
  context.after(() => db.close());
  db.script('PRAGMA busy_timeout = 0');
  scratch.plain((reader) => {
    reader.exec('BEGIN');
    reader.prepare('SELECT * FROM data_keys').all();
    db.write(() => db.run('DELETE FROM data_keys WHERE owner_id = :id', { id: app.id }));
    assert.throws(() => db.purgeLog(), {
      code: 'STORE_BUSY',
      message: `Cannot empty the log of the store "${scratch.file}": another process reads it`,
      left: 'What was deleted is gone from the store, and stays in its write-ahead log until this succeeds',
    });
  });
  db.purgeLog();
  assert.equal(statSync(`${scratch.file}-wal`).size, 0);
});
