import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { runDeclarationIn } from './declaration.ts';

function declared(t: TestContext, files: Readonly<Record<string, string>>) {
  const tree = mkdtempSync(path.join(tmpdir(), 'dozen-declaration-'));
  t.after(() => rmSync(tree, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(tree, name), text);
  return { tree, facts: runDeclarationIn(tree) };
}

const manifest = `{
  "scripts": {
    "start": "npm run migrate && node server.js",
    "migrate": "node migrate.js"
  }
}
`;

test('a Procfile is read by type, each with its line and the steps of its scripts', (t) => {
  const { facts } = declared(t, {
    'package.json': manifest,
    Procfile: '# run\nrelease: node migrate.js\nweb: npm start\nworker : node worker.js\n',
  });
  assert.equal(facts.file, 'Procfile');
  assert.deepEqual(facts.commands, [
    {
      type: 'web',
      command: 'npm start',
      steps: ['node migrate.js', 'node server.js'],
      at: { kind: 'source', file: 'Procfile', line: 3, text: 'web: npm start' },
    },
    {
      type: 'worker',
      command: 'node worker.js',
      steps: ['node worker.js'],
      at: { kind: 'source', file: 'Procfile', line: 4, text: 'worker : node worker.js' },
    },
  ]);
});

test('without a Procfile the start script declares the web process', (t) => {
  const { facts } = declared(t, { 'package.json': manifest });
  assert.equal(facts.file, 'package.json');
  assert.deepEqual(
    facts.commands.map(({ type, steps, at }) => [type, steps, at.kind === 'source' ? at.line : null]),
    [['web', ['node migrate.js', 'node server.js'], 3]],
  );
});

test('a Procfile that is too large is a complaint, and not nothing', (t) => {
  const { facts } = declared(t, { Procfile: 'web: node server.js\n'.repeat(100_000) });
  assert.equal(facts.file, 'Procfile');
  assert.equal(facts.complaint?.message, 'Cannot read Procfile: 2000000 bytes are over the limit of 65536');
});

test('a Procfile that cannot be read is a complaint at its line', (t) => {
  const { facts } = declared(t, { Procfile: 'web: node server.js\nnode worker.js\n' });
  assert.match(facts.complaint?.message ?? '', /Procfile:2/);
  assert.deepEqual(facts.complaint?.at, {
    kind: 'source',
    file: 'Procfile',
    line: 2,
    text: 'node worker.js',
  });
});

test('where nothing is declared, the place to look is told', (t) => {
  for (const [files, site, kind] of [
    [{}, false, 'event'],
    [{ 'index.html': '' }, true, 'event'],
    [{ 'package.json': '{}' }, false, 'source'],
    [{ 'package.json': 'not JSON' }, false, 'source'],
    [{ 'package.json': '{"scripts": {"start": 7}}' }, false, 'source'],
  ] as const) {
    const { facts } = declared(t, files);
    assert.deepEqual([facts.file, facts.site, facts.absence.kind], [null, site, kind], JSON.stringify(files));
  }
});

test('a link is no declaration', (t) => {
  const { tree } = declared(t, {});
  symlinkSync('/etc/hostname', path.join(tree, 'Procfile'));
  assert.equal(runDeclarationIn(tree).file, null);
});
