import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeWorkFolder } from './work-folder.ts';

function shelf(t: TestContext): string {
  const made = mkdtempSync(path.join(tmpdir(), 'dozen-shelf-'));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const ofNobody = 'dozen-check-4194305-1-abcdef';

test('what a check that is gone left is removed by the next, folders that its app closed included', (t) => {
  const place = shelf(t);
  const left = path.join(place, ofNobody);
  mkdirSync(path.join(left, 'closed/inner'), { recursive: true });
  writeFileSync(path.join(left, 'closed/inner/file'), '');
  for (const folder of ['closed/inner', 'closed']) chmodSync(path.join(left, folder), 0);
  makeWorkFolder(place).remove();
  assert.equal(existsSync(left), false);
});

test('the folder of a check that goes on stays', (t) => {
  const place = shelf(t);
  const going = makeWorkFolder(place);
  makeWorkFolder(place).remove();
  assert.equal(existsSync(going.path), true);
  going.remove();
  assert.equal(existsSync(going.path), false);
});

test('a link under the name of a check leads nobody elsewhere', (t) => {
  const place = shelf(t);
  const foreign = path.join(place, 'foreign');
  mkdirSync(foreign, { mode: 0o755 });
  writeFileSync(path.join(foreign, 'kept'), 'kept', { mode: 0o400 });
  symlinkSync(foreign, path.join(place, ofNobody));
  makeWorkFolder(place).remove();
  assert.equal(statSync(path.join(foreign, 'kept')).mode & 0o777, 0o400);
});
