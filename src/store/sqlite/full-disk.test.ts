import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filled, firstKey, scratchStore } from '../../../test/fixtures/store/scratch-store.ts';
import { Secret } from '../../factors/03-config/secret.ts';
import { releaseOf, revealed } from '../contract/subject.contract.ts';
import { openDatabase } from './database.ts';
import { storeOver } from './sqlite-store.ts';

test('a full disk is said, leaves nothing half-written, and goes on when there is space again', (context) => {
  const scratch = scratchStore(context);
  const { app, build } = filled(scratch.open(), 1);
  const db = openDatabase(scratch.file);
  const store = storeOver(db, { masterKey: firstKey, clock: Date });
  context.after(() => store.close());
  const before = store.releases(app.id);
  const pages = db.one<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0;
  db.script(`PRAGMA max_page_count = ${pages + 4}`);

  const changes = new Map([
    ['GREETING', new Secret('changed')],
    ['LARGE', new Secret('x'.repeat(60_000))],
  ]);
  const refusal = {
    code: 'STORE_FULL',
    message: `Cannot write to the store "${scratch.file}": the disk is full`,
    hint: 'Free some space, then run the command again',
    left: 'The store is as it was before',
  };
  assert.throws(() => store.configure(app.id, changes), refusal);
  const made = releasesUntilFull(() => releaseOf(store, build).version, refusal);
  assert.deepEqual(revealed(store.config(app.id)), { GREETING: 'hello' });
  assert.deepEqual(
    store.releases(app.id).map((release) => release.version),
    [...made.toReversed(), ...before.map((release) => release.version)],
  );
  assert.equal(store.verify(app.id), null);
  assert.equal(db.one<{ integrity_check: string }>('PRAGMA integrity_check')?.integrity_check, 'ok');

  db.script(`PRAGMA max_page_count = ${pages * 100}`);
  store.configure(app.id, changes);
  assert.equal(releaseOf(store, build).version, made.length + 2);
  assert.equal(revealed(scratch.open().environment(app.id, made.length + 2)).LARGE?.length, 60_000);
  assert.equal(store.verify(app.id), null);
});

/** Releases are small, so a few fit until the last page is full; the versions that were made. */
function releasesUntilFull(release: () => number, refusal: object): number[] {
  const made: number[] = [];
  assert.throws(() => {
    while (made.length < 1_000) made.push(release());
  }, refusal);
  return made;
}
