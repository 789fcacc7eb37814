import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { loadMasterKey, masterKey, parseMasterKey } from './master-key.ts';

const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((array) => Buffer.from(array));

test('a key is read from hexadecimal and from base64', () => {
  fc.assert(
    fc.property(bytes, fc.constantFrom('', '\n', ' '), (key, space) => {
      const base64 = key.toString('base64');
      for (const text of [
        key.toString('hex'),
        key.toString('hex').toUpperCase(),
        base64,
        base64.slice(0, 43),
      ]) {
        const parsed = parseMasterKey(`${space}${text}${space}`, 'DOZEN_KEY');
        assert.deepEqual(parsed.key.export(), key);
        assert.equal(parsed.id, masterKey(key).id);
      }
    }),
  );
});

test('anything else is refused without being repeated', () => {
  const texts = ['', 'hunter2', 'a'.repeat(63), 'a'.repeat(65), 'g'.repeat(64), `${'a'.repeat(42)}!`];
  for (const text of texts) {
    assert.throws(() => parseMasterKey(text, 'DOZEN_KEY'), {
      code: 'MASTER_KEY_INVALID',
      message: 'Cannot use DOZEN_KEY as the master key: it is not 32 bytes',
      hint: 'Give 64 hexadecimal characters or base64, as openssl rand -hex 32 prints them',
    });
  }
});

test('a key does not print itself, and its id does not give it away', () => {
  const key = masterKey(Buffer.alloc(32, 0xab));
  assert.doesNotMatch(inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key), /abab|171/);
  assert.match(key.id, /^[0-9a-f]{16}$/);
});

test('a key file is made once, for its owner alone', (context) => {
  const folder = keysFolder(context);
  const made = loadMasterKey(folder, { variable: undefined, create: true });
  const again = loadMasterKey(folder, { variable: undefined, create: true });
  assert.deepEqual(again.key.export(), made.key.export());
  assert.deepEqual(readdirSync(folder), ['master.key']);
  assert.equal(statSync(path.join(folder, 'master.key')).mode & 0o777, 0o600);
  assert.equal(
    readFileSync(path.join(folder, 'master.key'), 'utf8').trim(),
    made.key.export().toString('hex'),
  );
});

test('the variable goes before the file, which is not made then', (context) => {
  const folder = keysFolder(context);
  const text = 'ab'.repeat(32);
  assert.equal(
    loadMasterKey(folder, { variable: text, create: true }).id,
    masterKey(Buffer.alloc(32, 0xab)).id,
  );
  assert.deepEqual(readdirSync(folder), []);
});

test('a key that is missing is not made anew where a store needs the old one', (context) => {
  const folder = keysFolder(context);
  assert.throws(() => loadMasterKey(folder, { variable: undefined, create: false }), {
    code: 'MASTER_KEY_MISSING',
    message: `Cannot open the store: there is no key "${folder}/master.key"`,
    hint: 'Put the key file back, or set DOZEN_KEY to the key',
  });
  assert.deepEqual(readdirSync(folder), []);
});

test('a key file that other users have rights on is refused', (context) => {
  const folder = keysFolder(context);
  loadMasterKey(folder, { variable: undefined, create: true });
  const file = path.join(folder, 'master.key');
  chmodSync(file, 0o640);
  assert.throws(() => loadMasterKey(folder, { variable: undefined, create: false }), {
    code: 'MASTER_KEY_EXPOSED',
    message: `Cannot use the key "${file}": other users have rights on it`,
    hint: `Make it a file of your own and run chmod 600 "${file}"`,
  });
});

test('a key file that was damaged is refused', (context) => {
  const folder = keysFolder(context);
  const file = path.join(folder, 'master.key');
  writeFileSync(file, '', { mode: 0o600 });
  assert.throws(() => loadMasterKey(folder, { variable: undefined, create: true }), {
    code: 'MASTER_KEY_INVALID',
    message: `Cannot use "${file}" as the master key: it is not 32 bytes`,
  });
});

test('a key file that is a link is not followed', (context) => {
  const folder = keysFolder(context);
  const target = path.join(folder, 'elsewhere');
  writeFileSync(target, 'ab'.repeat(32), { mode: 0o600 });
  symlinkSync(target, path.join(folder, 'master.key'));
  assert.throws(() => loadMasterKey(folder, { variable: undefined, create: false }), {
    code: 'MASTER_KEY_EXPOSED',
    message: `Cannot use the key "${folder}/master.key": it is a link`,
  });
});

function keysFolder(context: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-keys-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}
