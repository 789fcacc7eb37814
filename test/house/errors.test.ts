import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { codeMeanings } from '../../src/router/router-code.ts';

const root = path.join(import.meta.dirname, '../..');
const sources = globSync('src/**/*.ts', { cwd: root }).filter((file) => !/\.(test|contract)\.ts$/.test(file));
const thrown =
  /\b(?:user|platform)Error\(\s*'([A-Z][A-Z0-9_]*)',\s*(?:'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`)/g;

interface Throw {
  readonly file: string;
  readonly code: string;
  /** As written, placeholders included. */
  readonly message: string;
}

const throws = sources.flatMap((file): Throw[] =>
  [...readFileSync(path.join(root, file), 'utf8').matchAll(thrown)].map((match) => ({
    file,
    code: match[1] ?? '',
    message: match[2] ?? match[3] ?? '',
  })),
);

const documented = [
  ...readFileSync(path.join(root, 'docs/errors.md'), 'utf8').matchAll(/^## ([A-Z0-9_]+)$/gm),
].map(([, code]) => code ?? '');

test('every code that is thrown has an entry in docs/errors.md, and every entry a throw', () => {
  const codes = new Set(
    sources.flatMap((file) =>
      [
        ...readFileSync(path.join(root, file), 'utf8').matchAll(
          /\b(?:user|platform)Error\(\s*'([A-Z][A-Z0-9_]*)'/g,
        ),
      ].map(([, code]) => code ?? ''),
    ),
  );
  for (const code of Object.keys(codeMeanings)) codes.add(code);
  assert.deepEqual(
    {
      undocumented: [...codes].filter((code) => !documented.includes(code)).sort(),
      gone: documented.filter((code) => !codes.has(code)),
    },
    { undocumented: [], gone: [] },
    'docs/errors.md: "## CODE", then whose fault it is, what it means and what to do',
  );
});

test('the reference is in order and has each code once', () => {
  const router = Object.keys(codeMeanings);
  const ours = documented.filter((code) => !router.includes(code));
  assert.deepEqual(ours, [...new Set(ours)].sort());
});

test('every message says what cannot be done and why, and ends without a full stop', () => {
  const off = throws.filter(({ message }) => !/^(Cannot .+: .+[^.]|\$\{.*)$/s.test(message));
  assert.deepEqual(
    off.map(({ file, code, message }) => `${file} ${code}: ${message}`),
    [],
  );
});
