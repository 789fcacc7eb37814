import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { readApart } from './apart.ts';
import { type CodeReading, readCode } from './code-reading.ts';
import { watchOf } from './watch.ts';

type Files = Readonly<Record<string, string | Buffer>>;

function treeOf(t: TestContext, files: Files): string {
  const root = mkdtempSync(path.join(tmpdir(), 'dozen-tree-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), content);
  }
  return root;
}

const read = (root: string): Promise<CodeReading> => readCode(root, watchOf(new AbortController().signal));

const app: Files = {
  'package.json': JSON.stringify({
    name: 'shop',
    dependencies: { pg: '^8' },
    devDependencies: { vitest: '^3' },
  }),
  'server.js': "import pg from 'pg';\nimport lost from 'lost';\nlost(process.env.SHOP_TITLE);\n",
  'src/db.ts': "export const url = process.env.DATABASE_URL ?? 'postgres://localhost/shop';\n",
  'src/mode.ts': "export const secure = process.env.NODE_ENV === 'production';\n",
};

/** All that the probes look for, where it does nothing. */
const stuffing = [
  "import a from 'stuffed'; require('stuffed');",
  "process.env.STUFFED; process.env.NODE_ENV === 'production';",
  "connect('postgres://db.acme.net/x'); new Client({ host: 'localhost', port: 1 })",
];

test('keywords in comments, strings and files that are no code change nothing', async (t) => {
  const plain = await read(treeOf(t, app));
  const comments = stuffing.map((line) => `// ${line}\n/* ${line} */\n`).join('');
  const strings = stuffing.map((line) => `void ${JSON.stringify(line)};\n`).join('');
  const stuffed = await read(
    treeOf(t, {
      ...Object.fromEntries(
        Object.entries(app).map(([name, text]) => [
          name,
          name.endsWith('.json') ? text : `${text}${comments}${strings}`,
        ]),
      ),
      'README.md': stuffing.join('\n'),
      'NOTES.txt': stuffing.join('\n'),
      'dependencies.js': '',
      'config.js': '',
      'factors/backing-services.ts': `#!/usr/bin/env node\n${comments}`,
    }),
  );
  assert.ok(plain.scan.hits.length >= 6);
  assert.deepEqual(stuffed.scan.hits, plain.scan.hits);
  assert.deepEqual(stuffed.scan, plain.scan, 'files that hold no code are none');
});

test('only code of the app is read', async (t) => {
  const line = "import a from 'lost'; a(process.env.A);\n";
  const { scan, tree } = await read(
    treeOf(t, {
      'package.json': '{"scripts":{"build":"tsc","start":"node scripts/start.js"}}',
      'test/a.js': line,
      'src/a.test.ts': line,
      'examples/a.js': line,
      'vite.config.ts': line,
      'public/app.js': line,
      'scripts/seed.py': '',
      'node_modules/x/index.js': line,
      'dist/a.js': line,
      'scripts/other.js': line,
      'scripts/start.js': '0;\n',
    }),
  );
  assert.deepEqual(scan.hits, []);
  assert.deepEqual(scan.files, { app: 1, test: 2, tooling: 3, asset: 1 });
  assert.deepEqual(
    tree.skipped.map(({ path, why }) => `${path}: ${why}`),
    ['node_modules: installed packages', 'dist: built code'],
  );
});

test('built code is read where nothing says that it is built', async (t) => {
  const { scan } = await read(
    treeOf(t, {
      'package.json': '{}',
      Procfile: 'web: node dist/server.js',
      'dist/server.js': "import a from 'lost'; a()",
    }),
  );
  assert.equal(scan.hits.length, 1);
});

test('what is not read of the app is told', async (t) => {
  const root = treeOf(t, {
    'large.js': ' '.repeat(1024 * 1024 + 1),
    'minified.js': `${'a();'.repeat(20_000)}\n`,
    'binary.js': Buffer.from([0, 1, 2]),
    'odd.js': Buffer.from([0x61, 0xff, 0xfe]),
    'server.py': 'import os',
  });
  symlinkSync('/etc/passwd', path.join(root, 'link.js'));
  const { scan, tree } = await read(root);
  assert.deepEqual(scan.unread, [
    { file: 'binary.js', why: 'it is not text' },
    { file: 'large.js', why: 'it is larger than 1024 KiB' },
    { file: 'minified.js', why: 'it is minified' },
  ]);
  assert.deepEqual(tree.skipped, [{ path: 'link.js', why: 'it is a link' }]);
  assert.deepEqual(scan.otherLanguages, { Python: 1 });
});

test('a file that holds the parser up is left out, and the rest is read', { timeout: 120_000 }, async (t) => {
  const root = treeOf(t, { ...app, 'src/endless.ts': `process.env.A; ${'require /*\n'.repeat(80_000)}` });
  const patience = { fileMs: 4000, hardFiles: 1 };
  const outcome = await readApart({ kind: 'code', root }, { signal: AbortSignal.timeout(110_000), patience });
  assert.ok('result' in outcome);
  const { scan } = outcome.result as CodeReading;
  assert.deepEqual(scan.unread, [{ file: 'src/endless.ts', why: 'it could not be read in time' }]);
  assert.deepEqual(scan.hits, (await read(treeOf(t, app))).scan.hits);
});

test('a reading that is called off ends', async (t) => {
  const root = treeOf(t, app);
  await assert.rejects(readApart({ kind: 'code', root }, { signal: AbortSignal.abort() }), {
    name: 'AbortError',
  });
});
