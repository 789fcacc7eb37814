import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { startProgram } from '../../../test/fixtures/store/program.ts';
import {
  filled,
  firstKey,
  type ScratchStore,
  scratchStore,
  secondKey,
} from '../../../test/fixtures/store/scratch-store.ts';
import { releaseOf, revealed } from '../contract/subject.contract.ts';
import { backupStore } from './backup.ts';
import { openStore } from './sqlite-store.ts';

test('a copy is a store of its own: it opens with the same key, and goes on', (context) => {
  const scratch = scratchStore(context);
  const store = scratch.open();
  const { app, build } = filled(store, 2);
  const into = path.join(backups(scratch), 'copy.db');
  backupStore(scratch.file, into);
  assert.equal(statSync(into).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(backups(scratch)), ['copy.db']);
  assert.throws(() => opened(context, into, secondKey), { code: 'MASTER_KEY_WRONG' });

  const copy = opened(context, into);
  assert.deepEqual(copy.releases(app.id), store.releases(app.id));
  assert.deepEqual(revealed(copy.environment(app.id, 2)), revealed(store.environment(app.id, 2)));
  assert.equal(releaseOf(copy, build).version, 3);
  assert.equal(copy.verify(app.id), null);
  assert.equal(store.releases(app.id).length, 2);
  assert.deepEqual(headerOf(into), headerOf(scratch.file));
});

test('a copy that is made while others write is of one moment, and has all that was acknowledged before', async (context) => {
  const scratch = scratchStore(context);
  const { app, build } = filled(scratch.open(), 0);
  const writer = startProgram(context, 'make-releases.ts', [scratch.file, build.id]);
  writer.say('1000000');
  for (let round = 1; round <= 10; round++) {
    await writer.printed(1 + round * 20);
    const acknowledged = Number(writer.lines.at(-1));
    const into = path.join(backups(scratch), `${round}.db`);
    backupStore(scratch.file, into);
    const copy = opened(context, into);
    assert.ok(copy.releases(app.id).length >= acknowledged);
    assert.equal(copy.verify(app.id), null);
    assert.deepEqual(copy.statuses(app.id).size, copy.releases(app.id).length);
  }
});

test('a copy that has its name is whole, whenever the one who made it was killed', async (context) => {
  const scratch = scratchStore(context);
  const { app } = filled(scratch.open(), 50);
  for (let round = 0; round < 8; round++) {
    const program = startProgram(context, 'back-up.ts', [scratch.file, backups(scratch)]);
    await program.printed(1 + Math.floor(Math.random() * 5));
    program.kill();
    assert.equal(await program.ended(), 'SIGKILL');
    for (const line of program.lines) assert.ok(statSync(line).size > 0);
  }
  const named = readdirSync(backups(scratch)).filter((name) => name.endsWith('.db'));
  assert.ok(named.length >= 8);
  for (const name of named) {
    const copy = opened(context, path.join(backups(scratch), name));
    assert.equal(copy.verify(app.id), null, name);
    assert.equal(copy.releases(app.id).length, 50, name);
  }
});

test('what the store has deleted is not in a copy', (context) => {
  const scratch = scratchStore(context);
  const store = scratch.open();
  const { app } = filled(store, 1);
  const wrapped = scratch.plain((connection) =>
    connection.prepare('SELECT wrapped FROM data_keys WHERE owner_id = ?').get(app.id),
  );
  const key = Buffer.from(wrapped?.wrapped as Uint8Array);
  const into = path.join(backups(scratch), 'before.db');
  backupStore(scratch.file, into);
  assert.ok(readFileSync(into).includes(key));
  store.destroyApp(app.id);
  backupStore(scratch.file, path.join(backups(scratch), 'after.db'));
  assert.ok(!readFileSync(path.join(backups(scratch), 'after.db')).includes(key));
});

test('a file that is there is not replaced, and a folder that is not there is said', (context) => {
  const scratch = scratchStore(context);
  const into = path.join(backups(scratch), 'copy.db');
  writeFileSync(into, 'a diary');
  assert.throws(() => backupStore(scratch.file, into), {
    code: 'BACKUP_EXISTS',
    message: `Cannot back up the store to "${into}": there is a file of that name`,
  });
  assert.equal(readFileSync(into, 'utf8'), 'a diary');
  assert.deepEqual(readdirSync(backups(scratch)), ['copy.db']);
  assert.throws(() => backupStore(scratch.file, path.join(scratch.folder, 'none', 'copy.db')), {
    code: 'BACKUP_UNWRITABLE',
    message: /^Cannot back up the store to ".*\/none\/copy\.db": ENOENT/,
  });
});

test('what is not a store is not copied', (context) => {
  const scratch = scratchStore(context);
  const file = path.join(scratch.folder, 'other.db');
  const into = path.join(backups(scratch), 'copy.db');
  assert.throws(() => backupStore(file, into), { code: 'STORE_MISSING' });
  writeFileSync(file, 'a diary, not a database\n'.repeat(100), { mode: 0o600 });
  assert.throws(() => backupStore(file, into), { code: 'STORE_FOREIGN' });
  assert.deepEqual(readdirSync(backups(scratch)), []);
});

function backups({ folder }: ScratchStore): string {
  const made = path.join(folder, 'backups');
  mkdirSync(made, { recursive: true, mode: 0o700 });
  return made;
}

function opened(context: TestContext, file: string, masterKey = firstKey) {
  const store = openStore(file, { masterKey, clock: Date });
  context.after(() => store.close());
  return store;
}

/** What tells a store and its layout, and how it is written. */
function headerOf(file: string): unknown[] {
  const connection = new DatabaseSync(file);
  try {
    return ['application_id', 'user_version', 'journal_mode'].map((name) =>
      connection.prepare(`PRAGMA ${name}`).get(),
    );
  } finally {
    connection.close();
  }
}
