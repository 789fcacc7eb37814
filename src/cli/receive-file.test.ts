import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { receiveFile } from './receive-file.ts';

const { signal } = new AbortController();
const receive = (file: string, text: string): Promise<void> =>
  receiveFile(file, { from: Readable.from([Buffer.from(text)]), through: new PassThrough(), signal });

function folder(t: TestContext): string {
  const made = mkdtempSync(path.join(tmpdir(), 'dozen-receive-'));
  t.after(() => rmSync(made, { recursive: true }));
  return made;
}

test('a pipe or a device is not replaced by a file', async (t) => {
  const pipe = path.join(folder(t), 'pipe');
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
  await assert.rejects(receive(pipe, 'data'), {
    code: 'FILE_UNWRITABLE',
    message: `Cannot write ${JSON.stringify(pipe)}: it is no file`,
  });
  assert.ok(lstatSync(pipe).isFIFO());
});

test('what a link leads to is replaced, not the link', async (t) => {
  const place = folder(t);
  writeFileSync(path.join(place, 'there'), 'old');
  symlinkSync('there', path.join(place, 'link'));
  await receive(path.join(place, 'link'), 'new');
  assert.ok(lstatSync(path.join(place, 'link')).isSymbolicLink());
  assert.equal(readFileSync(path.join(place, 'there'), 'utf8'), 'new');
  assert.deepEqual(readdirSync(place).sort(), ['link', 'there']);
});
