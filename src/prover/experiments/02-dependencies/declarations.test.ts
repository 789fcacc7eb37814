import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { declarationsIn } from './declarations.ts';

function tree(t: TestContext, files: Readonly<Record<string, string>>): string {
  const made = mkdtempSync(path.join(tmpdir(), 'dozen-declarations-'));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(made, name), text);
  return made;
}

const namesIn = (folder: string): readonly string[] =>
  declarationsIn(folder).flatMap(({ file, names }) => names.map((name) => `${file}: ${name}`));

test('a manifest declares its language', (t) => {
  assert.deepEqual(namesIn(tree(t, { 'requirements.txt': 'flask\n' })), [
    'requirements.txt: python',
    'requirements.txt: pip',
  ]);
});

test('a list of packages declares its words, with and without versions', (t) => {
  const names = namesIn(
    tree(t, { Aptfile: 'imagemagick\nffmpeg=7:6.1\n# git\n', 'runtime.txt': 'python-3.13.2' }),
  );
  for (const name of ['Aptfile: imagemagick', 'Aptfile: ffmpeg', 'runtime.txt: python'])
    assert.ok(names.includes(name), name);
});

test('a comment declares nothing, nor does a link', (t) => {
  const folder = tree(t, { Aptfile: '# git\n' });
  symlinkSync('/etc/hostname', path.join(folder, 'Gemfile'));
  assert.deepEqual(namesIn(folder), []);
});
