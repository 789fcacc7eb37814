import assert from 'node:assert/strict';
import { existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { write } from './builder.contract.ts';
import { applySlugIgnore } from './slug-ignore.ts';

function left(t: TestContext, { patterns, files }: { patterns: string; files: readonly string[] }): string[] {
  const app = write(t, { '.slugignore': patterns, ...Object.fromEntries(files.map((name) => [name, ''])) });
  applySlugIgnore(app);
  return readdirSync(app, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== '.slugignore')
    .map((entry) => path.relative(app, path.join(entry.parentPath, entry.name)))
    .sort();
}

test('patterns name files anywhere, folders, and paths from the root', (t) => {
  const files = ['a.psd', 'x/b.psd', 'docs/a', 'x/docs/a', 'test/a', 'x/test', 'keep'];
  assert.deepEqual(left(t, { patterns: '# art\n*.psd\n\n/docs\r\ntest/\n', files }), [
    'keep',
    'x/docs/a',
    'x/test',
  ]);
});

test('negations are no part of the format', (t) => {
  assert.deepEqual(left(t, { patterns: '*.log\n!keep.log\n', files: ['keep.log', 'a'] }), ['a']);
});

test('what the build and the platform go by stays', (t) => {
  const files = ['Procfile', 'app.json', 'package.json', 'x'];
  assert.deepEqual(left(t, { patterns: '*\n', files }), ['Procfile', 'app.json', 'package.json']);
});

test('a link is removed, what it points to is not', (t) => {
  const outside = write(t, { kept: '' });
  const app = write(t, { '.slugignore': 'link\n' });
  symlinkSync(outside, path.join(app, 'link'));
  assert.deepEqual(applySlugIgnore(app), ['link']);
  assert.ok(existsSync(path.join(outside, 'kept')));
});

test('a name that is no text is passed by', (t) => {
  const app = write(t, { '.slugignore': '*.psd\n', 'a.psd': '' });
  writeFileSync(Buffer.concat([Buffer.from(`${app}/`), Buffer.from([0xff])]), '');
  assert.deepEqual(applySlugIgnore(app), ['a.psd']);
});
