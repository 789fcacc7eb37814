/** What the database itself refuses, to a plain connection that knows nothing of Dozen. */
import assert from 'node:assert/strict';
import type { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { filled, scratchStore } from '../../../test/fixtures/store/scratch-store.ts';
import { builtOf, revision } from '../contract/subject.contract.ts';

/** The tables that are append-only as a whole, each with a column to change. */
const ledger = {
  slugs: 'manifest',
  builds: 'builder',
  releases: 'description',
  release_config: 'sealed',
  release_attachments: 'service_id',
  release_events: 'status',
  user_ids: 'owner_id',
  audit: 'detail',
} as const;

for (const recursive of ['ON', 'OFF']) {
  for (const [table, column] of Object.entries(ledger)) {
    test(`${table} refuse every change of a row (recursive triggers ${recursive})`, (context) => {
      const { plain, store } = filledScratch(context);
      plain((connection) => {
        connection.exec(`PRAGMA recursive_triggers = ${recursive}; PRAGMA foreign_keys = OFF`);
        const before = rows(connection, table);
        assert.ok(before.length > 0);
        for (const attack of attacks(table, column)) {
          assert.throws(() => connection.exec(attack), { errcode: sqliteConstraintTrigger }, attack);
        }
        assert.deepEqual(rows(connection, table), before);
      });
      assert.equal(store.verify(store.apps()[0]?.id ?? ''), null);
    });
  }
}

test('no append-only table has a hidden rowid, which would be one more key to replace a row by', (context) => {
  const { plain } = filledScratch(context);
  plain((connection) => {
    for (const table of Object.keys(ledger)) {
      assert.throws(() => connection.exec(`SELECT rowid FROM ${table}`), {
        message: 'no such column: rowid',
      });
    }
  });
});

test('nothing is added to a release that is made', (context) => {
  const { plain, app, service } = filledScratch(context);
  const additions = [
    `INSERT INTO release_config VALUES ('${app.id}', 2, 'ADDED', 'key', x'00')`,
    `INSERT INTO release_attachments VALUES ('${app.id}', 2, 'ADDED', '${service.id}')`,
  ];
  plain((connection) => {
    for (const addition of additions) {
      assert.throws(() => connection.exec(addition), { errcode: sqliteConstraintTrigger });
    }
  });
});

test('a release that leaves a gap or does not follow the one before is refused', (context) => {
  const { plain, app } = filledScratch(context);
  const copy = (version: number, previous: string) =>
    `INSERT INTO releases SELECT app_id, ${version}, format, build_id, slug, actor, description, created_at, ${previous}, 'x'
     FROM releases WHERE app_id = '${app.id}' AND version = 2`;
  plain((connection) => {
    for (const addition of [copy(4, 'hash'), copy(3, 'NULL'), copy(3, "'forged'"), copy(0, 'NULL')]) {
      assert.throws(() => connection.exec(addition), { errcode: sqliteConstraintTrigger });
    }
    connection.exec('BEGIN');
    connection.exec(copy(3, 'hash'));
    connection.exec('ROLLBACK');
  });
});

test('a release without a build is refused after one that has a build', (context) => {
  const { plain, app } = filledScratch(context);
  plain((connection) => {
    const unbuilt = `INSERT INTO releases SELECT app_id, 3, format, NULL, NULL, actor, description, created_at, hash, 'x'
      FROM releases WHERE app_id = '${app.id}' AND version = 2`;
    assert.throws(() => connection.exec(unbuilt), { errcode: sqliteConstraintTrigger });
  });
});

test('a release that has ended takes no more events', (context) => {
  const { plain, store, app } = filledScratch(context);
  store.addReleaseEvent(app.id, 2, 'succeeded', null);
  plain((connection) => {
    const more = `INSERT INTO release_events VALUES ('${app.id}', 2, 3, 0, 'failed', NULL)`;
    assert.throws(() => connection.exec(more), { errcode: sqliteConstraintTrigger });
  });
});

test('a running build keeps its facts, and cannot be put in the place of another', (context) => {
  const { plain, store, app, build } = filledScratch(context);
  const running = store.startBuild({ appId: app.id, revision, builder: 'node', actor: 'ada' });
  const at = `WHERE id = '${running.id}'`;
  plain((connection) => {
    connection.exec('PRAGMA recursive_triggers = OFF; PRAGMA foreign_keys = OFF');
    for (const attack of [
      `UPDATE builds SET revision = '{}' ${at}`,
      `UPDATE builds SET created_at = 0 ${at}`,
      `UPDATE builds SET actor = 'eve' ${at}`,
      `UPDATE OR REPLACE builds SET id = '${build.id}' ${at}`,
      `UPDATE OR REPLACE builds SET sequence = 1 ${at}`,
      `DELETE FROM builds ${at}`,
    ]) {
      assert.throws(() => connection.exec(attack), { errcode: sqliteConstraintTrigger }, attack);
    }
  });
  assert.deepEqual(store.findBuild(build.id), build);
  assert.deepEqual(store.findBuild(running.id), running);
});

/** SQLITE_CONSTRAINT_TRIGGER: a trigger has said no. */
const sqliteConstraintTrigger = 1811;

function filledScratch(context: Parameters<typeof scratchStore>[0]) {
  const scratch = scratchStore(context);
  const store = scratch.open();
  const made = filled(store, 2);
  builtOf(store, made.app, 'node other.js');
  store.addAudit({ accountId: null, actor: 'ada', verb: 'app.create', appId: made.app.id, detail: {} });
  store.userId('owner', { first: 20_000, last: 20_001 });
  return { ...scratch, ...made, store };
}

function rows(connection: DatabaseSync, table: string): unknown[] {
  return connection.prepare(`SELECT * FROM ${table}`).all();
}

function attacks(table: string, column: string): string[] {
  return [
    `UPDATE ${table} SET ${column} = ${column}`,
    `UPDATE OR REPLACE ${table} SET ${column} = ${column}`,
    `UPDATE OR IGNORE ${table} SET ${column} = ${column}`,
    `DELETE FROM ${table}`,
    `INSERT INTO ${table} SELECT * FROM ${table} LIMIT 1`,
    `INSERT OR REPLACE INTO ${table} SELECT * FROM ${table} LIMIT 1`,
    `REPLACE INTO ${table} SELECT * FROM ${table}`,
    `INSERT INTO ${table} SELECT * FROM ${table} WHERE true ON CONFLICT DO UPDATE SET ${column} = ${column}`,
  ];
}
