import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ReadLocked,
  readBunLock,
  readGemfileLock,
  readGoSum,
  readNpmLock,
  readPnpmLock,
  readYarnLock,
} from './locked.ts';

/** What a lockfile says of `a@^1`, which is in it, of `a@^2`, and of `b@1`, which is not. */
function says(read: ReadLocked, text: string, folder = ''): readonly (string | null)[] | null | undefined {
  const locked = read(text, folder);
  if (locked === null || locked === undefined) return locked;
  return [locked.rangeOf('a', '^1'), locked.rangeOf('a', '^2'), locked.rangeOf('b', '1')];
}

test('npm keeps the ranges of each folder', () => {
  const lock = JSON.stringify({
    packages: { '': { devDependencies: { a: '^1' } }, 'packages/x': { dependencies: { a: '^3' } } },
  });
  assert.deepEqual(says(readNpmLock, lock), ['^1', '^1', null]);
  assert.deepEqual(says(readNpmLock, lock, 'packages/x'), ['^3', '^3', null]);
  assert.equal(says(readNpmLock, lock, 'packages/y'), null);
  assert.equal(says(readNpmLock, '{'), undefined);
});

test('the first format of npm has versions, which satisfy a range or not', () => {
  const lock = JSON.stringify({ lockfileVersion: 1, dependencies: { a: { version: '1.2.3' } } });
  assert.deepEqual(says(readNpmLock, lock), ['^1', '1.2.3', null]);
});

test('pnpm keeps specifiers, in three forms', () => {
  assert.deepEqual(
    says(
      readPnpmLock,
      "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        specifier: ^1\n        version: 1.2.3\npackages:\n  a@1.2.3: [\n",
    ),
    ['^1', '^1', null],
  );
  assert.deepEqual(
    says(
      readPnpmLock,
      'lockfileVersion: 6.0\ndevDependencies:\n  a:\n    specifier: ^1\n    version: 1.2.3\n',
    ),
    ['^1', '^1', null],
  );
  assert.deepEqual(
    says(readPnpmLock, 'lockfileVersion: 5.4\nspecifiers:\n  a: ^1\ndependencies:\n  a: 1.2.3\n'),
    ['^1', '^1', null],
  );
  assert.equal(says(readPnpmLock, 'importers:\n  .: {}\n', 'packages/x'), null);
  assert.deepEqual(
    says(
      readPnpmLock,
      'overrides:\n  x>a@1: 2.0.0\nimporters:\n  .:\n    dependencies:\n      a:\n        specifier: 2.0.0\n',
    ),
    ['^1', '^2', null],
    'what is overridden is not compared',
  );
});

test('Yarn classic has a key for each range, later ones keep those of a workspace', () => {
  assert.deepEqual(says(readYarnLock, '# yarn lockfile v1\n\n\n"a@^1", a@~1.2:\n  version "1.2.3"\n'), [
    '^1',
    '~1.2',
    null,
  ]);
  const berry = (keys: string): string =>
    `__metadata:\n  version: 8\n\n"a@npm:^1":\n  version: 1.2.3\n\n"${keys}":\n  version: 0.0.0-use.local\n  dependencies:\n    a: "npm:^1"\n  languageName: unknown\n`;
  assert.deepEqual(says(readYarnLock, berry('app@workspace:.')), ['^1', 'npm:^1', null]);
  assert.deepEqual(says(readYarnLock, berry('x@workspace:*, x@workspace:packages/x'), 'packages/x'), [
    '^1',
    'npm:^1',
    null,
  ]);
  assert.equal(says(readYarnLock, berry('app@workspace:.'), 'packages/x'), null);
});

test('bun keeps ranges, with commas before the end', () => {
  assert.deepEqual(says(readBunLock, '{ "workspaces": { "": { "dependencies": { "a": "^1", }, }, }, }'), [
    '^1',
    '^1',
    null,
  ]);
});

test('Bundler and Go are compared by what they name', () => {
  const lock = 'GEM\n  specs:\n    b (1.0)\n\nDEPENDENCIES\n  a (~> 1.0)\n  c!\n\nBUNDLED WITH\n   2.5\n';
  assert.deepEqual(says(readGemfileLock, lock), ['^1', '^2', null]);
  assert.deepEqual(says(readGoSum, 'a ^1 h1:x=\na ^1/go.mod h1:y=\n'), ['^1', null, null]);
});
