/** A person with the file can do anything to it; `verify` says what was done. */
import assert from 'node:assert/strict';
import type { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { filled, scratchStore } from '../../../test/fixtures/store/scratch-store.ts';

const tampered = [
  {
    what: 'a description',
    sql: "UPDATE releases SET description = 'Nothing to see' WHERE version = 2",
    found: { version: 2, why: 'what is stored of it was changed' },
  },
  {
    what: 'a moment',
    sql: 'UPDATE releases SET created_at = created_at + 1 WHERE version = 3',
    found: { version: 3, why: 'what is stored of it was changed' },
  },
  {
    what: 'a sealed value',
    sql: 'UPDATE release_config SET sealed = (SELECT sealed FROM release_config WHERE version = 1) WHERE version = 2',
    found: { version: 2, why: 'what is stored of it was changed' },
  },
  {
    what: 'the name of a variable',
    sql: "UPDATE release_config SET name = 'OTHER' WHERE version = 1",
    found: { version: 1, why: 'what is stored of it was changed' },
  },
  {
    what: 'the key id of a value',
    sql: "UPDATE release_config SET key_id = 'other' WHERE version = 1",
    found: { version: 1, why: 'what is stored of it was changed' },
  },
  {
    what: 'a value taken away',
    sql: 'DELETE FROM release_config WHERE version = 3',
    found: { version: 3, why: 'what is stored of it was changed' },
  },
  {
    what: 'an attachment',
    sql: "UPDATE release_attachments SET variable = 'OTHER_URL' WHERE version = 2",
    found: { version: 2, why: 'what is stored of it was changed' },
  },
  {
    what: 'the commit of a build',
    sql: `UPDATE builds SET revision = replace(revision, '1a2b3c4', '0000000')`,
    found: { version: 1, why: 'what is stored of it was changed' },
  },
  {
    what: 'who asked for a build',
    sql: `UPDATE builds SET actor = 'eve'`,
    found: { version: 1, why: 'what is stored of it was changed' },
  },
  {
    what: 'the form of a hash',
    sql: 'UPDATE releases SET format = 1 WHERE version = 2',
    found: { version: 2, why: 'what is stored of it was changed' },
  },
  {
    what: 'a build taken away',
    sql: 'UPDATE releases SET build_id = NULL, slug = NULL WHERE version = 2',
    found: { version: 2, why: 'what is stored of it was changed' },
  },
  {
    what: 'a hash',
    sql: 'UPDATE releases SET hash = lower(hex(randomblob(32))) WHERE version = 1',
    found: { version: 1, why: 'what is stored of it was changed' },
  },
  {
    what: 'the hash before',
    sql: 'UPDATE releases SET previous_hash = NULL WHERE version = 3',
    found: { version: 3, why: 'it does not follow the release before it' },
  },
  {
    what: 'a release taken out of the middle',
    sql: 'DELETE FROM releases WHERE version = 2',
    found: { version: 2, why: 'it is missing, though later ones are there' },
  },
  {
    what: 'the newest release taken away',
    sql: 'DELETE FROM releases WHERE version = 3',
    found: { version: 3, why: 'it is missing, though its events are there' },
  },
] as const;

for (const { what, sql, found } of tampered) {
  test(`verify names the first release that does not hold: ${what}`, (context) => {
    const scratch = scratchStore(context);
    const store = scratch.open();
    const { app } = filled(store, 3);
    assert.equal(store.verify(app.id), null);
    scratch.plain((connection) => withoutTriggers(connection, sql));
    assert.deepEqual(store.verify(app.id), found);
  });
}

test('verify names the first release whose slug manifest was changed', (context) => {
  const scratch = scratchStore(context);
  const store = scratch.open();
  const { app, build } = filled(store, 2);
  const sql = `UPDATE slugs SET manifest = replace(manifest, 'server.js', 'worse.js')`;
  scratch.plain((connection) => withoutTriggers(connection, sql));
  assert.deepEqual(store.verify(app.id), {
    version: 1,
    why: `the manifest of its slug ${build.slug} was changed`,
  });
});

test('a chain whose later part was forged whole breaks where the forgery begins', (context) => {
  const scratch = scratchStore(context);
  const store = scratch.open();
  const { app } = filled(store, 3);
  const forged = '0'.repeat(64);
  const sql = `UPDATE releases SET hash = '${forged}' WHERE version = 2;
    UPDATE releases SET previous_hash = '${forged}' WHERE version = 3`;
  scratch.plain((connection) => withoutTriggers(connection, sql));
  assert.equal(store.verify(app.id)?.version, 2);
});

/** Changes what the triggers guard, and leaves the schema as it was. */
function withoutTriggers(connection: DatabaseSync, sql: string): void {
  const triggers = connection.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all();
  connection.exec('PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE');
  for (const { name } of triggers) connection.exec(`DROP TRIGGER ${name}`);
  connection.exec(sql);
  assert.equal(
    connection.prepare('SELECT changes() > 0 AS changed').get()?.changed,
    1,
    'the tampering hit a row',
  );
  for (const trigger of triggers) connection.exec(String(trigger.sql));
  connection.exec('COMMIT');
}
