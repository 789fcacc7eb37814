import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { patchReader } from './added-lines.ts';
import { piecesOf, searchCredentials } from './credential-search.ts';
import { credentialsIn } from './credentials.ts';
import { searchHistory } from './history-search.ts';
import { walkTree } from './tree.ts';
import { watchOf } from './watch.ts';

const watch = watchOf(new AbortController().signal);
const address = 'postgres://shop:Vq7hk2Lm@db.acme.net/shop';
const key = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey;
/** Put together, so that nobody who searches this file takes it for one. */
const token = `ghp_${'wW'.repeat(17)}4s`;

function folderOf(t: TestContext): {
  folder: string;
  write: (files: Readonly<Record<string, string>>) => void;
} {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-credentials-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), content);
    }
  };
  return { folder, write };
}

test('a credential is found, and what is kept of it does not tell it', async () => {
  const [found, ...others] = await credentialsIn(`a\nconst url = '${address}';\n`, '.txt');
  assert.deepEqual(others, []);
  assert.equal(found?.line, 2);
  assert.equal(found?.text, "const url = '********");
  assert.doesNotMatch(JSON.stringify(found), /Vq7hk2Lm|shop/);
});

test('a private key is found once, however long it is', async () => {
  const short = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;
  for (const text of [key, short, JSON.stringify({ key: short })]) {
    const found = await credentialsIn(`a\n${text}`, '.txt');
    assert.deepEqual(
      found.map(({ what, line }) => ({ what, line })),
      [{ what: 'a private key', line: 2 }],
    );
  }
});

test('a comment cannot ask to be passed over', async () => {
  const found = await credentialsIn(
    `// secretlint-disable\n'${address}' // secretlint-disable-line\n`,
    '.txt',
  );
  assert.equal(found.length, 1);
});

test('an address that nobody can use is no credential', async () => {
  const harmless = [
    'postgres://shop:Vq7hk2Lm@localhost/shop',
    'postgres://postgres:postgres@db/shop',
    'postgres://user:password@db.acme.net/shop',
    'mysql://shop:Vq7hk2Lm@db.example.com/shop',
    'https://user:changeme@acme.net/',
  ];
  for (const text of harmless) assert.deepEqual(await credentialsIn(text, '.txt'), [], text);
});

test('every text file is searched; tests may make keys up, but no tokens', async (t) => {
  const { folder, write } = folderOf(t);
  write({
    'config/key.pem': key,
    'src/db.js': `connect('${address}');`,
    'deploy.sh': `TOKEN=${token}`,
    'test/key.pem': key,
    'test/token.js': `'${token}'`,
    'README.md': address,
    'logo.png': `\0${token}`,
    'package-lock.json': token,
  });
  const tree = await walkTree(folder, { signal: watch.signal });
  const { found, unread } = await searchCredentials(tree, watch);
  assert.deepEqual(
    found.map(({ file, what }) => `${file}: ${what}`),
    [
      'config/key.pem: a private key',
      'deploy.sh: a token of GitHub',
      'src/db.js: the address of a database with a password',
      'test/token.js: a token of GitHub',
    ],
  );
  assert.deepEqual(unread, []);
});

test('an env file may hold secrets that have no form of their own', async (t) => {
  const { folder, write } = folderOf(t);
  const secret = 'JWT_SECRET=s3cr3t-Value-99\n';
  write({
    '.env.production': `# ü\n${secret}GITHUB_TOKEN=${token}\n`,
    '.env.example': secret,
    'config/prod.env': secret,
    'docs/.env': secret,
    'src/jwt.js': `// ${secret}`,
    'test/.env': secret,
  });
  const tree = await walkTree(folder, { signal: watch.signal });
  const { found } = await searchCredentials(tree, watch);
  assert.deepEqual(
    found.map(({ file, line, what, text }) => `${file}:${line} ${what}: ${text}`),
    [
      '.env.production:2 a value of JWT_SECRET: JWT_SECRET=********',
      '.env.production:3 a token of GitHub: GITHUB_TOKEN=********',
      'config/prod.env:1 a value of JWT_SECRET: JWT_SECRET=********',
    ],
  );
  assert.equal(found[0]?.digest, found[2]?.digest);
});

test('a text is cut at ends of lines, and lines keep their numbers', () => {
  const text = `${'a'.repeat(99)}\n`.repeat(20_000);
  const pieces = [...piecesOf(text)];
  assert.ok(pieces.length > 1);
  assert.equal(pieces.map((piece) => piece.text).join(''), text);
  for (const { text: piece, line } of pieces) assert.equal(text.indexOf(piece, line * 100), line * 100);
  assert.equal([...piecesOf('a'.repeat(2_000_000))].map((piece) => piece.text).join('').length, 2_000_000);
});

test('no line of a change is taken for the head of another', () => {
  const read = patchReader();
  const lines = [
    '\0abc',
    'diff --git a/x b/x',
    '--- a/x',
    '+++ b/x',
    '@@ -1,2 +1,2 @@',
    '--- a/z',
    '-@@ -9 +9 @@',
    '+++ b/y',
    '+b',
  ];
  const added = lines.map(read).filter((line) => line !== null);
  assert.deepEqual(added, [
    { commit: 'abc', file: 'x', line: 1, text: '++ b/y' },
    { commit: 'abc', file: 'x', line: 2, text: 'b' },
  ]);
});

/** A repository whose newest commit has no credential any more. */
function repository(t: TestContext): { folder: string; commit: string } {
  const { folder, write } = folderOf(t);
  const git = (...args: readonly string[]): string => {
    const identity = [
      '-c',
      'user.name=Ada',
      '-c',
      'user.email=ada@example.com',
      '-c',
      'commit.gpgsign=false',
    ];
    const run = spawnSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8' });
    assert.equal(run.status, 0, run.stderr);
    return run.stdout.trim();
  };
  git('init', '--quiet', '--initial-branch=main');
  write({
    'app/db.js': `// ü\nconnect('${address}');\n`,
    'app/.env': 'PORT=80\nJWT_SECRET=s3cr3t-Value-99\n',
    'other/key.pem': key,
  });
  git('add', '.');
  git('commit', '--quiet', '--message=one');
  write({ 'app/db.js': 'connect(process.env.DATABASE_URL);\n', 'app/.env': 'PORT=80\n' });
  git('commit', '--quiet', '--all', '--message=two');
  git('config', 'diff.external', '/bin/false');
  git('config', 'log.showSignature', 'true');
  git('config', 'diff.noprefix', 'true');
  return { folder: path.join(folder, 'app'), commit: git('rev-parse', 'HEAD') };
}

test('a credential that an earlier commit added is found, in the folder of the app', async (t) => {
  const { folder, commit } = repository(t);
  const { found, lines, cutOff } = await searchHistory(folder, commit, { watch });
  assert.deepEqual(
    found.map(({ file, line, text }) => ({ file, line, text })),
    [
      { file: 'db.js', line: 2, text: "connect('********" },
      { file: '.env', line: 2, text: 'JWT_SECRET=********' },
    ],
  );
  assert.notEqual(found[0]?.commit, commit);
  assert.equal(lines, 5);
  assert.equal(cutOff, null);
});

test('a history that is not read in full says so', async (t) => {
  const { folder, commit } = repository(t);
  const limits = { bytes: 1, ms: 60_000 };
  const cut = await searchHistory(folder, commit, { watch, limits });
  assert.match(cut.cutOff ?? '', /^Only the newest/);
  const unknown = await searchHistory(folder, 'f'.repeat(40), { watch });
  assert.match(unknown.cutOff ?? '', /^Git could not read the history: fatal: bad object/);
});
