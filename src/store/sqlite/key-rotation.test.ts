import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { filled, scratchStore } from '../../../test/fixtures/store/scratch-store.ts';
import { finishKeyRotation, type KeyPlace, rotateKeyFile } from './key-rotation.ts';
import { loadMasterKey, type MasterKey } from './master-key.ts';
import { openStore } from './sqlite-store.ts';

const fromFile = { variable: undefined, create: false } as const;

interface Scene extends KeyPlace {
  readonly appId: string;
  readonly first: MasterKey;
  greeting(key: MasterKey): string | undefined;
}

function scene(context: TestContext): Scene {
  const { folder, file } = scratchStore(context);
  const first = loadMasterKey(folder, { variable: undefined, create: true });
  const store = openStore(file, { masterKey: first, clock: Date });
  const { app } = filled(store, 1);
  store.close();
  return {
    folder,
    store: file,
    appId: app.id,
    first,
    greeting(masterKey) {
      const opened = openStore(file, { masterKey, clock: Date });
      try {
        return opened.config(app.id).get('GREETING')?.reveal();
      } finally {
        opened.close();
      }
    },
  };
}

test('the store takes the new key, which the file holds, and the old one no more', (context) => {
  const found = scene(context);
  const second = rotateKeyFile(found);
  assert.notEqual(second.id, found.first.id);
  assert.equal(loadMasterKey(found.folder, fromFile).id, second.id);
  assert.equal(statSync(path.join(found.folder, 'master.key')).mode & 0o777, 0o600);
  assert.equal(found.greeting(second), 'hello');
  assert.throws(() => found.greeting(found.first), { code: 'MASTER_KEY_WRONG' });
  assert.notEqual(rotateKeyFile(found).id, second.id);
});

for (const step of ['kept', 'rotated', 'renamed'] as const) {
  test(`killed once the new key was ${step}: the next start finds the key that the store takes, and one alone`, (context) => {
    const found = scene(context);
    const killed = spawnSync(process.execPath, [
      path.join(import.meta.dirname, '../../../test/parts/killed-rotation.ts'),
      found.folder,
      found.store,
      step,
    ]);
    assert.equal(killed.signal, 'SIGKILL', String(killed.stderr));
    finishKeyRotation(found);
    const key = loadMasterKey(found.folder, fromFile);
    assert.equal(key.id === found.first.id, step === 'kept');
    assert.equal(found.greeting(key), 'hello');
    assert.deepEqual(
      readdirSync(found.folder).filter((name) => name.startsWith('master.key')),
      ['master.key'],
    );
    finishKeyRotation(found);
    assert.equal(readFileSync(path.join(found.folder, 'master.key'), 'utf8').length, 65);
    assert.equal(found.greeting(rotateKeyFile(found)), 'hello');
  });
}
