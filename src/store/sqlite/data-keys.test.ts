import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { startProgram } from '../../../test/fixtures/store/program.ts';
import {
  filled,
  firstKey,
  type ScratchStore,
  scratchStore,
  secondKey,
} from '../../../test/fixtures/store/scratch-store.ts';
import { Secret } from '../../factors/03-config/secret.ts';
import { releaseOf, revealed } from '../contract/subject.contract.ts';
import type { Store } from '../store.ts';
import { rotateMasterKey } from './data-keys.ts';

test('a store opens with its own master key alone, and a wrong one damages nothing', (context) => {
  const scratch = scratchStore(context);
  const store = scratch.open(firstKey);
  const { app } = filled(store, 1);
  assert.throws(() => scratch.open(secondKey), {
    code: 'MASTER_KEY_WRONG',
    message: `Cannot open the store "${scratch.file}": it needs the master key ${firstKey.id}, not ${secondKey.id}`,
  });
  assert.throws(() => scratch.open({ ...secondKey, id: firstKey.id }), { code: 'MASTER_KEY_WRONG' });
  assert.equal(scratch.open(firstKey).environment(app.id, 1).get('GREETING')?.reveal(), 'hello');
  assert.equal(store.verify(app.id), null);
});

test('no value is in the files of a store', (context) => {
  const scratch = scratchStore(context);
  const store = scratch.open();
  const { app, service } = filled(store, 1);
  store.configure(app.id, new Map([['TOKEN', new Secret('a value to look for: 8c1f')]]));
  store.attach(app.id, { serviceId: service.id, variable: 'OTHER_URL' }, new Secret('url to look for: 41e7'));
  store.saveServiceState(service.id, new Secret('notes to look for: 77aa'));
  releaseOf(store, store.builds(app.id)[0] ?? assert.fail());
  assert.doesNotMatch(allBytes(scratch), /to look for/);
});

test('rotation re-wraps every data key: the new key opens what was sealed before, the old one nothing', (context) => {
  const scratch = scratchStore(context);
  const store = scratch.open(firstKey);
  const { app } = filled(store, 1);
  const [hash, fingerprint] = [store.findRelease(app.id, 1)?.hash, store.releaseFingerprint(app.id, 1)];
  rotateMasterKey(scratch.file, { from: firstKey, to: secondKey });
  const rotated = scratch.open(secondKey);
  assert.deepEqual(revealed(rotated.environment(app.id, 1)), {
    GREETING: 'hello',
    DATABASE_URL: 'postgres://',
  });
  assert.equal(rotated.findRelease(app.id, 1)?.hash, hash);
  assert.equal(rotated.releaseFingerprint(app.id, 1), fingerprint);
  assert.equal(rotated.verify(app.id), null);
  assert.throws(() => scratch.open(firstKey), { code: 'MASTER_KEY_WRONG' });
});

for (const times of [1, 2, 60, 121, 122]) {
  test(`a rotation that is killed at the use ${times} of the new key has not happened`, async (context) => {
    const scratch = scratchStore(context);
    const { app } = filledWithApps(scratch, 120);
    const before = wrappedKeys(scratch);
    assert.equal(before.size, 121);
    const program = startProgram(context, 'rotate-key.ts', [scratch.file, String(times)]);
    assert.equal(await program.ended(), 'SIGKILL');
    assert.deepEqual(program.lines, []);
    assert.throws(() => scratch.open(secondKey), { code: 'MASTER_KEY_WRONG' });
    const store = scratch.open(firstKey);
    assert.deepEqual(wrappedKeys(scratch), before);
    assert.deepEqual(
      store.apps().map(({ id }) => greeting(store, id)),
      Array(120).fill('hello'),
    );
    assert.equal(store.verify(app.id), null);
  });
}

test('a rotation that returned has happened for every key, also when its process was killed right after', async (context) => {
  const scratch = scratchStore(context);
  const { app } = filledWithApps(scratch, 120);
  const program = startProgram(context, 'rotate-key.ts', [scratch.file, '0']);
  assert.equal(await program.ended(), 'SIGKILL');
  assert.deepEqual(program.lines, ['rotated']);
  assert.throws(() => scratch.open(firstKey), { code: 'MASTER_KEY_WRONG' });
  const store = scratch.open(secondKey);
  assert.deepEqual(
    store.apps().map(({ id }) => greeting(store, id)),
    Array(120).fill('hello'),
  );
  assert.equal(store.verify(app.id), null);
});

test('a store that was open during a rotation neither reads nor writes with the old key', (context) => {
  const scratch = scratchStore(context);
  const store = scratch.open(firstKey);
  const { app } = filled(store, 1);
  rotateMasterKey(scratch.file, { from: firstKey, to: secondKey });
  assert.throws(() => store.environment(app.id, 1), { code: 'MASTER_KEY_WRONG' });
  assert.throws(() => store.createApp('other'), { code: 'MASTER_KEY_WRONG' });
  assert.deepEqual(scratch.open(secondKey).apps(), [app]);
});

test('a rotation from a key that is not the store’s changes nothing', (context) => {
  const scratch = scratchStore(context);
  const { app } = filled(scratch.open(firstKey), 1);
  assert.throws(() => rotateMasterKey(scratch.file, { from: secondKey, to: secondKey }), {
    code: 'MASTER_KEY_WRONG',
  });
  assert.equal(scratch.open(firstKey).config(app.id).get('GREETING')?.reveal(), 'hello');
});

test('a destroyed app’s data key is in no file of the store', (context) => {
  const scratch = scratchStore(context);
  const store = scratch.open();
  const { app, service } = filled(store, 1);
  const wrapped = wrappedKeys(scratch);
  const at = (ownerId: string): boolean => allBytes(scratch).includes(wrapped.get(ownerId) ?? assert.fail());
  assert.ok(at(app.id));
  store.destroyApp(app.id);
  assert.ok(!at(app.id));
  assert.ok(at(service.id));
  store.destroyService(service.id);
  assert.ok(!at(service.id));
});

test('rotation leaves no key that the old master key opens in any file', (context) => {
  const scratch = scratchStore(context);
  filled(scratch.open(), 1);
  const wrapped = [...wrappedKeys(scratch).values()];
  rotateMasterKey(scratch.file, { from: firstKey, to: secondKey });
  const bytes = allBytes(scratch);
  assert.equal(wrapped.length, 2);
  assert.ok(wrapped.every((key) => !bytes.includes(key)));
});

const moves = [
  {
    what: 'of another variable',
    sql: "UPDATE config SET sealed = (SELECT sealed FROM config WHERE name = 'GREETING') WHERE name = 'OTHER'",
    name: 'config OTHER',
  },
  {
    what: 'of another app',
    sql: "UPDATE config SET (key_id, sealed) = (SELECT key_id, sealed FROM config WHERE name = 'OTHER') WHERE name = 'GREETING'",
    name: 'config GREETING',
  },
] as const;

for (const { what, sql, name } of moves) {
  test(`a sealed value ${what} does not open in its place`, (context) => {
    const scratch = scratchStore(context);
    const store = scratch.open();
    const { app } = filled(store, 0);
    const owner = what === 'of another app' ? store.createApp('other') : app;
    store.configure(owner.id, new Map([['OTHER', new Secret('other')]]));
    scratch.plain((connection) => connection.exec(sql));
    assert.throws(() => store.config(app.id), {
      code: 'SEALED_RECORD_INVALID',
      message: `Cannot unseal "${name}": it was changed, or belongs elsewhere`,
    });
  });
}

test('a data key that was put in another’s place does not open', (context) => {
  const scratch = scratchStore(context);
  const store = scratch.open();
  const { app, service } = filled(store, 0);
  scratch.plain((connection) =>
    connection
      .prepare(
        'UPDATE data_keys SET wrapped = (SELECT wrapped FROM data_keys WHERE owner_id = ?) WHERE owner_id = ?',
      )
      .run(service.id, app.id),
  );
  assert.throws(() => store.config(app.id), {
    code: 'SEALED_RECORD_INVALID',
    message: /^Cannot unseal the data key [0-9a-f-]{36}: it was changed, or belongs elsewhere$/,
  });
});

/** So many apps, each with config, and one service. */
function filledWithApps(scratch: ScratchStore, apps: number) {
  const store = scratch.open(firstKey);
  const made = filled(store, 1);
  for (let count = 1; count < apps; count++) {
    const { id } = store.createApp(`app-${count}`);
    store.configure(id, new Map([['GREETING', new Secret('hello')]]));
  }
  return made;
}

function greeting(store: Store, appId: string): string | undefined {
  return store.config(appId).get('GREETING')?.reveal();
}

/** As text of one character a byte, the log files included. */
function allBytes({ folder }: ScratchStore): string {
  return readdirSync(folder)
    .map((name) => readFileSync(path.join(folder, name), 'latin1'))
    .join();
}

function wrappedKeys({ plain }: ScratchStore): Map<string, string> {
  const rows = plain((connection) => connection.prepare('SELECT owner_id, wrapped FROM data_keys').all());
  return new Map(
    rows.map((row) => [String(row.owner_id), Buffer.from(row.wrapped as Uint8Array).toString('latin1')]),
  );
}
