import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppTree } from '../../tree/app-tree.ts';
import {
  foldersUp,
  type ReadManifest,
  readCargo,
  readComposerJson,
  readGemfile,
  readGoMod,
  readPackageJson,
  readPipfile,
  readPyproject,
  readRequirements,
} from './manifests.ts';

/** Names, each with the line it stands in, and `=` where one version is named. */
function named(read: ReadManifest, file: string, files: Readonly<Record<string, string>>): readonly string[] {
  const tree = { read: (name: string) => files[name] ?? null } as AppTree;
  return read(tree, file).map(({ name, pinned, at }) => {
    const place = at();
    return `${place.kind === 'source' ? place.line : 0} ${name}${pinned ? '=' : ''}`;
  });
}

test('package.json and composer.json name what is installed, not what the language brings', () => {
  const text = JSON.stringify(
    { name: 'a', dependencies: { a: '1' }, devDependencies: { b: '2' }, peerDependencies: { c: '3' } },
    null,
    1,
  );
  assert.deepEqual(named(readPackageJson, 'package.json', { 'package.json': text }), ['4 a', '7 b']);
  assert.deepEqual(named(readPackageJson, 'package.json', { 'package.json': '{ not json' }), []);
  assert.deepEqual(
    named(readComposerJson, 'composer.json', {
      'composer.json': '{"require": {"php": "^8", "ext-pdo": "*", "a/b": "^1"}}',
    }),
    ['1 a/b'],
  );
});

test('requirements are pinned by a version, a hash, a commit or a constraint, through the files they name', () => {
  const files = {
    'requirements.txt':
      '-r more/base.txt\n-c limits.txt\n# d==1\nb>=2\nc==2.*\nd==1.0 ; python_version < "3"\ne @ git+https://x.example/e@0123456789012345678901234567890123456789\n-e ./own\nf_g\n',
    'more/base.txt': 'a==1.0 \\\n    --hash=sha256:00\n-r ../requirements.txt\n-r ../../outside.txt\n',
    'limits.txt': 'F.G==3\nz==1\n',
  };
  assert.deepEqual(named(readRequirements, 'requirements.txt', files), [
    '4 b',
    '5 c',
    '6 d=',
    '7 e=',
    '9 f_g=',
    '1 a=',
  ]);
});

test('tables and lists of TOML name dependencies, other tables do not', () => {
  assert.deepEqual(
    named(readPyproject, 'pyproject.toml', {
      'pyproject.toml':
        '[project]\nname = "x"\ndependencies = [\n  "a>=1", # "no"\n  "b[c]",\n]\n[tool.poetry.dependencies]\npython = "^3"\nd = "^1"\n[tool.ruff]\ne = 1\n',
    }),
    ['4 a', '5 b', '9 d'],
  );
  assert.deepEqual(
    named(readPyproject, 'pyproject.toml', {
      'pyproject.toml': '[project]\ndependencies = []\nname = "x"\n',
    }),
    [],
  );
  assert.deepEqual(
    named(readPipfile, 'Pipfile', { Pipfile: '[packages]\na = "*"\n[requires]\npython_version = "3"\n' }),
    ['2 a'],
  );
  assert.deepEqual(
    named(readCargo, 'Cargo.toml', { 'Cargo.toml': '[package]\nname = "x"\n[dev-dependencies]\na = "1"\n' }),
    ['4 a'],
  );
});

test('Gemfile and go.mod are read line by line', () => {
  assert.deepEqual(
    named(readGemfile, 'Gemfile', { Gemfile: "source 'x'\ngem 'a'\n  gem \"b\", '1'\n# gem 'c'\n" }),
    ['2 a', '3 b'],
  );
  assert.deepEqual(
    named(readGoMod, 'go.mod', {
      'go.mod':
        'module x\n\nrequire a v1.0.0\nrequire (\n\tb v2.0.0 // indirect\n)\nreplace a v1.0.0 => ./a\n',
    }),
    ['3 a', '5 b'],
  );
});

test('folders above a file end at the root', () => {
  assert.deepEqual(foldersUp('a/b/c'), ['a/b', 'a', '']);
  assert.deepEqual(foldersUp('c'), ['']);
});
