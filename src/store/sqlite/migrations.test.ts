import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { filled, type ScratchStore, scratchStore } from '../../../test/fixtures/store/scratch-store.ts';
import { migrate, migrations } from './migrations.ts';

const current = migrations.length;

test('a store that is migrated already stays as it is', (context) => {
  const scratch = scratchStore(context);
  const { app } = filled(scratch.open(), 1);
  migrate(scratch.file);
  assert.equal(scratch.open().verify(app.id), null);
  assert.equal(layout(scratch), current);
});

test('a store of a newer layout is refused, and not touched', (context) => {
  const scratch = scratchStore(context);
  scratch.plain((connection) => connection.exec('PRAGMA user_version = 99'));
  const refusal = {
    code: 'STORE_NEWER',
    message: `Cannot open the store "${scratch.file}": its layout is 99, this Dozen knows ${current}`,
    hint: 'Use the version of Dozen that wrote it, or a newer one',
  };
  assert.throws(() => scratch.open(), refusal);
  assert.throws(() => migrate(scratch.file), refusal);
  assert.equal(layout(scratch), 99);
});

test('opening a store of an older layout says to migrate it, and does not do so itself', (context) => {
  const scratch = scratchStore(context);
  rmSync(scratch.file);
  migrate(scratch.file, []);
  assert.throws(() => scratch.open(), {
    code: 'STORE_OLDER',
    message: `Cannot open the store "${scratch.file}": its layout is 0, this Dozen needs ${current}`,
    hint: 'Run dozen migrate',
  });
  assert.equal(layout(scratch), 0);
});

test('a migration takes the steps that are missing, in order', (context) => {
  const scratch = scratchStore(context);
  const { app } = filled(scratch.open(), 1);
  const steps = [
    ...migrations,
    'CREATE TABLE first (a TEXT) STRICT',
    "INSERT INTO first VALUES ('kept'); ALTER TABLE first RENAME TO second",
  ];
  migrate(scratch.file, steps);
  assert.equal(layout(scratch), current + 2);
  scratch.plain((connection) => {
    assert.equal(connection.prepare('SELECT a FROM second').get()?.a, 'kept');
    const kept = connection.prepare('SELECT count(*) AS kept FROM releases WHERE app_id = ?').get(app.id);
    assert.equal(kept?.kept, 1);
  });
});

test('a step that fails leaves the store at the one before', (context) => {
  const scratch = scratchStore(context);
  const steps = [
    ...migrations,
    'CREATE TABLE first (a TEXT) STRICT',
    'CREATE TABLE half (a TEXT); SELECT broken',
  ];
  assert.throws(() => migrate(scratch.file, steps), { code: 'STORE_FAILED' });
  assert.equal(layout(scratch), current + 1);
  scratch.plain((connection) => {
    assert.deepEqual(
      connection.prepare("SELECT name FROM sqlite_schema WHERE name IN ('first', 'half')").all().length,
      1,
    );
  });
});

test('the file of another program is refused, and not touched', (context) => {
  const scratch = scratchStore(context);
  const file = path.join(scratch.folder, 'other.db');
  writeFileSync(file, '', { mode: 0o600 });
  const other = new DatabaseSync(file);
  context.after(() => other.close());
  other.exec('CREATE TABLE songs (title TEXT)');
  assert.throws(() => migrate(file), {
    code: 'STORE_FOREIGN',
    message: `Cannot use the store "${file}": the file is not a store of Dozen`,
  });
  assert.equal(other.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.tables, 1);
});

function layout(scratch: ScratchStore): unknown {
  return scratch.plain((connection) => connection.prepare('PRAGMA user_version').get()?.user_version);
}
