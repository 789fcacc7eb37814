import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { DozenError } from '../../base/error.ts';
import { readEnvFile } from './env-file.ts';

function folderWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const outer = mkdtempSync(path.join(tmpdir(), 'dozen-env-file-'));
  t.after(() => rmSync(outer, { recursive: true }));
  const folder = path.join(outer, 'app');
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return folder;
}

function said(folder: string, file: string): string {
  try {
    readEnvFile(folder, file);
  } catch (error) {
    assert.ok(error instanceof DozenError, String(error));
    return `${error.code} ${error.message}`;
  }
  return assert.fail('read');
}

test('values are secrets', (t) => {
  const config = readEnvFile(folderWith(t, { '.env.check': 'KEY=hunter2\n' }), '.env.check');
  assert.equal(config.get('KEY')?.reveal(), 'hunter2');
  assert.doesNotMatch(inspect(config) + JSON.stringify([...config]), /hunter2/);
});

test('a complaint names file and line and no value', (t) => {
  const folder = folderWith(t, { '.env.check': 'A=1\nhunter2\n', twice: 'A=hunter2\nA=hunter3\n' });
  assert.equal(said(folder, '.env.check'), 'DOTENV_INVALID Cannot read .env.check:2: expected NAME=value');
  assert.equal(said(folder, 'twice'), 'DOTENV_DUPLICATE Cannot read twice:2: A is set already, in line 1');
});

test('a link may lead to a file of the folder and not out of it', (t) => {
  const folder = folderWith(t, { inside: 'A=1' });
  writeFileSync(path.join(folder, '../outside'), 'A=hunter2');
  symlinkSync('inside', path.join(folder, 'in'));
  symlinkSync('../outside', path.join(folder, 'out'));
  symlinkSync('..', path.join(folder, 'up'));
  assert.equal(readEnvFile(folder, 'in').get('A')?.reveal(), '1');
  for (const name of ['out', 'up/outside', '../outside']) {
    assert.equal(
      said(folder, name),
      `SCENARIO_ENV_FILE Cannot read ${name}, which the scenario names: it lies outside of the folder`,
    );
  }
});

test('what is no file of a usual size is refused at once', (t) => {
  const folder = folderWith(t, { large: 'x'.repeat(300_000) });
  mkdirSync(path.join(folder, 'inner'));
  symlinkSync('loop', path.join(folder, 'loop'));
  assert.equal(spawnSync('mkfifo', [path.join(folder, 'pipe')]).status, 0);
  const state = (name: string) => said(folder, name).replace(/^SCENARIO_ENV_FILE .*: /, '');
  assert.deepEqual(['large', 'inner', 'pipe', 'none', 'loop', 'large/x'].map(state), [
    '300000 bytes are over the limit of 262144',
    'it is not a file',
    'it is not a file',
    'it is not there',
    'it is not there',
    'it is not there',
  ]);
});
