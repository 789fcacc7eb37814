/** A store that the Dozen before layout 2 wrote, brought to this layout and acted on. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ScratchStore, scratchStore } from '../../../test/fixtures/store/scratch-store.ts';
import { Secret } from '../../factors/03-config/secret.ts';
import { builtOf, releaseOf, revealed } from '../contract/subject.contract.ts';
import type { Store } from '../store.ts';
import { migrate, migrations } from './migrations.ts';

const rows = readFileSync(
  path.join(import.meta.dirname, '../../../test/fixtures/store/layout-1.sql'),
  'utf8',
);

test('what a store of layout 1 holds is what it held', (context) => {
  const { store, app } = migratedStore(context);
  assert.deepEqual(
    store.releases(app.id).map(({ version, description }) => [version, description]),
    [3, 2, 1].map((version) => [version, 'Deploy 1a2b3c4']),
  );
  assert.equal(store.verify(app.id), null);
  assert.equal(store.currentRelease(app.id)?.version, 1);
  assert.deepEqual(
    store.builds(app.id).map(({ status, actor, reason }) => [status, actor, reason]),
    ['running', 'failed', 'succeeded', 'succeeded'].map((status) => [status, null, null]),
  );
  assert.deepEqual(revealed(store.environment(app.id, 1)), {
    GREETING: 'hello',
    TOKEN: 't-1',
    DATABASE_URL: 'postgres://first',
  });
  assert.deepEqual(revealed(store.config(app.id)), { GREETING: 'goodbye' });
  assert.deepEqual(store.formation(app.id), { web: 2, worker: 1 });
  assert.deepEqual(store.portLeases(), [{ holder: 'web.1', port: 5000 }]);
});

test('a store of layout 1 goes on in the same chain', (context) => {
  const { store, app, service } = migratedStore(context);
  const [running] = store.builds(app.id);
  assert.equal(
    store.finishBuild(running?.id ?? '', { failed: true, reason: 'INTERRUPTED' }).reason,
    'INTERRUPTED',
  );
  store.addReleaseEvent(app.id, 3, 'failed', 'INTERRUPTED');
  store.restoreRelease(app.id, 1);
  const old = store.findBuild(store.findRelease(app.id, 1)?.buildId ?? '');
  const again = releaseOf(store, old ?? assert.fail());
  assert.deepEqual([again.version, again.previousHash], [4, store.findRelease(app.id, 3)?.hash]);
  assert.equal(store.releaseFingerprint(app.id, 4), store.releaseFingerprint(app.id, 1));
  const next = releaseOf(store, builtOf(store, app, 'node third.js'));
  for (const status of ['starting', 'succeeded'] as const)
    store.addReleaseEvent(app.id, next.version, status, null);
  assert.equal(store.currentRelease(app.id)?.version, 5);
  store.rotateCredential(
    app.id,
    { serviceId: service.id, variable: 'DATABASE_URL' },
    new Secret('postgres://second'),
  );
  assert.equal(store.environment(app.id, 1).get('DATABASE_URL')?.reveal(), 'postgres://second');
  assert.equal(store.verify(app.id), null);
  assert.throws(() => store.createRelease({ appId: app.id, buildId: null, actor: 'ada', description: '' }), {
    code: 'BUILD_NOT_RELEASABLE',
  });
});

test('the guards of a store of layout 1 are those of a new one, and its references hold', (context) => {
  const { plain } = migratedScratch(context);
  const made = scratchStore(context);
  const schema = (scratch: Pick<ScratchStore, 'plain'>) =>
    scratch.plain((connection) =>
      connection.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name').all(),
    );
  assert.deepEqual(schema({ plain }), schema(made));
  plain((connection) => {
    assert.deepEqual(connection.prepare('PRAGMA foreign_key_check').all(), []);
    assert.equal(connection.prepare('PRAGMA integrity_check').get()?.integrity_check, 'ok');
    for (const attack of [
      "UPDATE releases SET description = 'x'",
      'DELETE FROM releases',
      'INSERT OR REPLACE INTO releases SELECT * FROM releases',
      "UPDATE builds SET actor = 'eve'",
    ]) {
      assert.throws(() => connection.exec(attack), { errcode: sqliteConstraintTrigger }, attack);
    }
  });
});

test('a release that was taken from a store of layout 1 is missed after the migration too', (context) => {
  const scratch = filledLayout1(context);
  scratch.plain((connection) =>
    connection.exec(`PRAGMA foreign_keys = OFF; DROP TRIGGER releases_refuse_delete;
      DELETE FROM releases WHERE version = 3`),
  );
  migrate(scratch.file);
  const store = scratch.open();
  assert.deepEqual(store.verify(store.findApp('guestbook')?.id ?? ''), {
    version: 3,
    why: 'it is missing, though its events are there',
  });
});

/** SQLITE_CONSTRAINT_TRIGGER: a trigger has said no. */
const sqliteConstraintTrigger = 1811;

function filledLayout1(context: TestContext): ScratchStore {
  const scratch = scratchStore(context);
  rmSync(scratch.file);
  migrate(scratch.file, migrations.slice(0, 1));
  scratch.plain((connection) => connection.exec(rows));
  return scratch;
}

function migratedScratch(context: TestContext): ScratchStore {
  const scratch = filledLayout1(context);
  migrate(scratch.file);
  return scratch;
}

function migratedStore(context: TestContext) {
  const store: Store = migratedScratch(context).open();
  const app = store.findApp('guestbook') ?? assert.fail();
  const service = store.findService('db') ?? assert.fail();
  return { store, app, service };
}
