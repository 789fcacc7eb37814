import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { installedPackages } from './installed-packages.ts';

/** Files by path from the app; an object is written as JSON. */
function tree(context: TestContext, files: Readonly<Record<string, object | string>>): string {
  const root = mkdtempSync(path.join(tmpdir(), 'dozen-installed-'));
  context.after(() => rmSync(root, { recursive: true }));
  mkdirSync(path.join(root, 'app'));
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(root, 'app', name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return root;
}

function found(root: string): string[] {
  const lockfile = path.join(root, 'app/yarn.lock');
  return installedPackages(root, { lockfile }).map(
    ({ name, version, licences }) => `${name}@${version} ${licences.join('+')}`,
  );
}

test('packages are found in scopes, in one another and in inner folders, each version once, in order', (context) => {
  const root = tree(context, {
    'node_modules/b/package.json': { name: 'b', version: '1.0.0', license: 'MIT' },
    'node_modules/b/node_modules/a/package.json': { name: 'a', version: '2.0.0', license: 'ISC' },
    'node_modules/c/node_modules/a/package.json': { name: 'a', version: '2.0.0', license: 'ISC' },
    'node_modules/c/package.json': { name: 'c', version: '1.0.0' },
    'node_modules/@s/d/package.json': { name: '@s/d', version: '1.0.0' },
    'node_modules/.bin/package.json': { name: 'no', version: '1.0.0' },
    'inner/node_modules/e/package.json': { name: 'e', version: '1.0.0' },
  });
  assert.deepEqual(found(root), ['@s/d@1.0.0 ', 'a@2.0.0 ISC', 'b@1.0.0 MIT', 'c@1.0.0 ', 'e@1.0.0 ']);
});

test("pnpm's store is read, the links into it are not", (context) => {
  const root = tree(context, {
    'node_modules/.pnpm/a@1.0.0/node_modules/a/package.json': { name: 'a', version: '1.0.0' },
    'node_modules/.pnpm/@s+b@1.0.0/node_modules/@s/b/package.json': { name: '@s/b', version: '1.0.0' },
  });
  symlinkSync('.pnpm/a@1.0.0/node_modules/a', path.join(root, 'app/node_modules/a'));
  assert.deepEqual(found(root), ['@s/b@1.0.0 ', 'a@1.0.0 ']);
});

test("Yarn's archives are named by the lockfile, those that are not there left out", (context) => {
  const root = tree(context, {
    'yarn.lock':
      '"@s/a-b@npm:^1":\n  resolution: "@s/a-b@npm:1.0.0"\n\n"c@npm:1":\n  resolution: "c@npm:1.0.0"\n',
    '.yarn/cache/@s-a-b-npm-1.0.0-0123456789-abc.zip': '',
  });
  assert.deepEqual(found(root), ['@s/a-b@1.0.0 ']);
});

test('licences are read in every form that is published', (context) => {
  const root = tree(context, {
    'node_modules/a/package.json': { name: 'a', version: '1', license: { type: 'MIT', url: 'x' } },
    'node_modules/b/package.json': { name: 'b', version: '1', licenses: [{ type: 'MIT' }, { type: 'BSD' }] },
    'node_modules/c/package.json': { name: 'c', version: '1', licenses: ['MIT', 7, null] },
    'node_modules/d/package.json': { name: 'd', version: '1', license: ['MIT'] },
  });
  assert.deepEqual(found(root), ['a@1 MIT', 'b@1 MIT+BSD', 'c@1 MIT', 'd@1 ']);
});

test('a package that does not say what it is goes by its folder, and no link leads out', (context) => {
  const root = tree(context, {
    'node_modules/broken/package.json': '{',
    'node_modules/list/package.json': '[]',
    'node_modules/@s/none/index.js': '',
    'node_modules/odd/package.json': { name: 7, version: ['1'], license: '' },
    'secret.json': { name: 'secret', version: '1.0.0' },
  });
  mkdirSync(path.join(root, 'app/node_modules/link'));
  symlinkSync(path.join(root, 'app/secret.json'), path.join(root, 'app/node_modules/link/package.json'));
  symlinkSync('/', path.join(root, 'app/node_modules/link/node_modules'));
  assert.deepEqual(found(root), ['@s/none@null ', 'broken@null ', 'link@null ', 'list@null ', 'odd@null ']);
});
