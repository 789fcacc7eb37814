import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppTree } from '../../tree/app-tree.ts';
import { codeOf } from './command-code.ts';

function told(
  command: string,
  files: Readonly<Record<string, string>>,
  scripts: Readonly<Record<string, string>> = {},
  built: readonly string[] | null = null,
): string {
  const tree = {
    files: Object.keys(files),
    has: (name: string) => Object.hasOwn(files, name),
    read: (name: string) => files[name] ?? null,
  } as unknown as AppTree;
  const isBuilt = built === null ? null : (file: string): boolean => built.includes(file);
  const code = codeOf(command, { tree, scripts: new Map(Object.entries(scripts)), isBuilt });
  return `${code.kind} ${code.what}`;
}

const compiled = {
  'tsconfig.json': '{ "compilerOptions": { "rootDir": "src", "outDir": "./dist" } }',
  'src/a.ts': '',
};

test('a command is followed to the file that it names', () => {
  assert.equal(told('node a.js', { 'a.js': '' }), 'shipped a.js');
  assert.equal(told('node ./a', { 'a.js': '' }), 'shipped a.js');
  assert.equal(told('node a.js', {}), 'missing a.js');
  assert.equal(told('node a.js && node b.js', { 'a.js': '' }), 'missing b.js');
  assert.equal(told('npm run tidy', { 'a.js': '' }, { tidy: 'node a.js' }), 'shipped a.js');
  assert.equal(told('npm run tidy', {}), 'missing the script "tidy" of package.json');
  assert.equal(told('python -m shop.tidy', { 'shop/tidy.py': '' }), 'shipped shop/tidy.py');
  assert.equal(told('./bin/tidy', { 'bin/tidy': '' }), 'shipped bin/tidy');
  assert.equal(told('node ../a.js', {}), 'unknown ../a.js');
});

test('what .slugignore leaves out is not shipped, nor is what is compiled from it', () => {
  const ignored = { '.slugignore': '# scripts/\nsrc/*.ts\nscripts/\n' };
  assert.equal(told('node scripts/a.js', { ...ignored, 'scripts/a.js': '' }), 'ignored scripts/a.js');
  assert.equal(told('node dist/a.js', { ...ignored, ...compiled }, { build: 'tsc' }), 'ignored src/a.ts');
});

test('a compiled file is made when there is a build, and a source for it', () => {
  const build = { build: 'tsc' };
  assert.equal(told('node dist/a.js', compiled, build), 'shipped src/a.ts');
  assert.equal(told('node dist/b.js', compiled, build), 'missing dist/b.js');
  assert.equal(told('node dist/a.js', compiled), 'missing dist/a.js');
  assert.equal(told('node dist/a.js', {}, { build: 'esbuild src' }), 'unknown dist/a.js');
});

test('what was built tells of every file', () => {
  const build = { build: 'esbuild src' };
  assert.equal(told('node dist/a.js', {}, build, ['dist/a.js']), 'shipped dist/a.js');
  assert.equal(told('node dist/a', {}, build, ['dist/a.js']), 'shipped dist/a');
  assert.equal(told('node dist/a.js', {}, build, []), 'missing dist/a.js');
});

test('a program is that of a dependency, or nobody knows whose', () => {
  assert.equal(
    told('npx prisma migrate deploy', { 'package.json': '{ "dependencies": { "prisma": "6" } }' }),
    'shipped prisma, a dependency',
  );
  assert.equal(
    told('alembic upgrade head', { 'requirements.txt': 'Alembic==1\n' }),
    'shipped alembic, a dependency',
  );
  assert.equal(told('psql -f a.sql', {}), 'unknown psql');
  assert.equal(told('', {}), 'unknown the program');
});
