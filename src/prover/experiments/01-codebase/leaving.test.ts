import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { folder, write } from '../../../../test/parts/git-repository.ts';
import { openTree } from '../../tree/app-tree.ts';
import { leavingReferences } from './leaving.ts';

test('what leads out of the folder is told from what stays in it', (t) => {
  const root = folder(t);
  write(root, {
    'package.json': JSON.stringify(
      {
        dependencies: { a: 'file:../a', b: 'file:./b', c: '^1', d: 'github:x/../d' },
        devDependencies: { e: 'link:/opt/e', f: 'portal:sub/../../f' },
        workspaces: ['packages/*', '../g'],
      },
      null,
      1,
    ),
    'packages/x/package.json': '{ "dependencies": { "b": "file:../../b", "h": "../../../h" } }',
    'node_modules/y/package.json': '{ "dependencies": { "i": "file:../../../i" } }',
    'tsconfig.json':
      '{\n // "extends": "../no.json"\n "extends": ["@tsconfig/node24", "../base.json"],\n "include": ["src", "../j/**/*"],\n "compilerOptions": { "baseUrl": "src", "paths": { "k": ["../k"], "l": ["../../l"], }, },\n}',
    'packages/x/tsconfig.json':
      '{ "extends": "../../tsconfig.json", "references": [{ "path": "../../../m" }] }',
    'pnpm-workspace.yaml': "packages:\n  - 'packages/*'\n  - ../n\n",
    'requirements.txt': '-e ../o\n-e ./p\n# -e ../q\nr==1\n',
    'api/go.mod': 'module x\n\nreplace s => ../s\nreplace t => ../../t\n',
    Gemfile: "gem 'u', path: '../u'\ngem 'v', path: 'v'\n",
    'notes.txt': '../w',
  });
  symlinkSync('../x', path.join(root, 'link-out'));
  symlinkSync('../package.json', path.join(root, 'packages/link-in'));
  symlinkSync('/etc/passwd', path.join(root, 'link-away'));
  const found = leavingReferences(openTree(root, t.signal), []).map(({ target, at }) =>
    at.kind === 'source' ? `${at.file}:${at.line} ${target}` : target,
  );
  assert.deepEqual(found, [
    'link-away:1 /etc/passwd',
    'link-out:1 ../x',
    'Gemfile:1 ../u',
    'api/go.mod:4 ../../t',
    'package.json:3 ../a',
    'package.json:9 /opt/e',
    'package.json:10 sub/../../f',
    'package.json:12 ../g',
    'packages/x/package.json:1 ../../../h',
    'packages/x/tsconfig.json:1 ../../../m',
    'pnpm-workspace.yaml:3 ../n',
    'requirements.txt:1 ../o',
    'tsconfig.json:3 ../base.json',
    'tsconfig.json:4 ../j/**/*',
    'tsconfig.json:5 ../l',
  ]);
});

test('a tree is read without following links, past what is no text, and up to a limit', (t) => {
  const root = folder(t);
  mkdirSync(path.join(root, 'empty'));
  write(root, { 'a\n"b': 'x', 'long.txt': 'y'.repeat(100) });
  writeFileSync(path.join(root, 'binary'), Buffer.from([0x7f, 0, 1]));
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x66, 0xff])]), 'no name in UTF-8');
  symlinkSync('long.txt', path.join(root, 'link'));
  symlinkSync('.', path.join(root, 'loop'));
  const tree = openTree(root, t.signal);
  assert.equal(tree.read('a\n"b'), 'x');
  assert.equal(tree.read('binary'), null);
  assert.equal(tree.read('link'), null);
  assert.equal(tree.read('nothing'), null);
  assert.equal(tree.read('long.txt', 99), null);
  assert.equal(tree.head('long.txt', 2), 'yy');
  assert.deepEqual(tree.emptyFolders, ['empty']);
  assert.deepEqual(
    tree.links.map(({ path: name }) => name),
    ['link', 'loop'],
  );
  assert.equal(tree.files.length, 4);
  for (const file of tree.files) assert.ok(tree.size(file) >= 0);
});
