import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { packageIn, packagesOf, type Standing, standingOf } from './packages.ts';
import { walkTree } from './tree.ts';

async function standings(
  t: TestContext,
  files: Readonly<Record<string, unknown>>,
  imports: readonly (readonly [specifier: string, file: string, Standing])[],
): Promise<void> {
  const root = mkdtempSync(path.join(tmpdir(), 'dozen-packages-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  const packages = packagesOf(await walkTree(root, { signal: new AbortController().signal }));
  for (const [specifier, file, expected] of imports) {
    assert.equal(standingOf(specifier, file, packages), expected, `${specifier} in ${file}`);
  }
}

test('a package is told from a path, an address, a built-in and an alias', () => {
  const packages = ['x', '@s/x', 'x.js', 'buffer/'];
  assert.deepEqual(packages.map(packageIn), ['x', '@s/x', 'x.js', 'buffer']);
  assert.deepEqual(['x/y', '@s/x/y/z', 'x?raw'].map(packageIn), ['x', '@s/x', 'x']);
  const others = [
    './x',
    '../x',
    '/x',
    '#x',
    'fs',
    'node:fs',
    'fs/promises',
    'node:later',
    'data:text/javascript,0',
  ];
  assert.deepEqual(
    [...others, '@/x', '~/x', '$lib/x', 'virtual:x', '@s'].map(packageIn),
    Array(14).fill(null),
  );
});

test('an import stands as its package declares it', async (t) => {
  const manifest = {
    name: 'shop',
    dependencies: { a: '1' },
    optionalDependencies: { b: '1' },
    peerDependencies: { c: '1' },
    devDependencies: { d: '1' },
  };
  await standings(t, { 'package.json': manifest }, [
    ['a/x', 's.js', 'known'],
    ['b', 's.js', 'known'],
    ['c', 's.js', 'known'],
    ['shop/x', 's.js', 'known'],
    ['node:http', 's.js', 'known'],
    ['d', 's.js', 'development'],
    ['e', 's.js', 'undeclared'],
  ]);
});

test('a bundle carries what only development installs', async (t) => {
  const devDependencies = { d: '1', esbuild: '1' };
  for (const [build, expected] of [
    ['tsc', 'development'],
    ['vite build', 'known'],
    ['npm run bundle', 'known'],
    ['node build.js', 'known'],
  ] as const) {
    await standings(t, { 'package.json': { devDependencies, scripts: { build, bundle: 'esbuild a.js' } } }, [
      ['d', 's.js', expected],
    ]);
  }
});

test('packages of a workspace know each other, and what stands above them', async (t) => {
  await standings(
    t,
    {
      'package.json': { workspaces: ['packages/*'], dependencies: { a: '1' } },
      'packages/one/package.json': { name: '@s/one', dependencies: { b: '1' } },
      'packages/two/package.json': { name: '@s/two' },
    },
    [
      ['@s/two', 'packages/one/i.js', 'known'],
      ['a', 'packages/one/i.js', 'known'],
      ['b', 'packages/one/i.js', 'known'],
      ['b', 'packages/two/i.js', 'undeclared'],
    ],
  );
  await standings(t, { 'package.json': {}, 'two/package.json': { name: 'two' } }, [
    ['two', 's.js', 'undeclared'],
  ]);
});

test('paths of tsconfig.json are no packages', async (t) => {
  await standings(
    t,
    {
      'package.json': {},
      'tsconfig.json':
        '{ "extends": "./base", /* later */ "compilerOptions": { "paths": { "lib/*": ["x"], }, } }',
      'base.json': '{ "compilerOptions": { "baseUrl": "./src" } } // the base',
      'src/models/user.ts': '',
    },
    [
      ['lib/a', 's.ts', 'known'],
      ['models/user', 's.ts', 'known'],
      ['lib', 's.ts', 'undeclared'],
      ['models/other', 's.ts', 'undeclared'],
    ],
  );
});

test('without a manifest nothing is declared', async (t) => {
  await standings(t, { 's.js': '' }, [
    ['a', 's.js', 'undeclared'],
    ['node:fs', 's.js', 'known'],
  ]);
});
