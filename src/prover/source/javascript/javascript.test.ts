// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are code
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hit, Question } from '../hit.ts';
import { javascript } from './javascript.ts';

const asked = { import: () => true };

/** As the scanner does it: only what the bytes may answer is asked. */
function hitsIn(text: string, question: Question, file = 'src/a.ts'): Promise<readonly Hit[]> {
  const bytes = Buffer.from(text).toString('latin1');
  const questions = javascript.mayAnswer(bytes, file, asked).filter((one) => one === question);
  return javascript.answers({ file, text }, questions, asked);
}

async function imports(text: string, file?: string): Promise<readonly string[]> {
  return (await hitsIn(text, 'imports', file)).flatMap((hit) => {
    if (hit.kind !== 'import') return [];
    return [`${hit.specifier}${hit.optional ? ' optional' : ''}${hit.typeOnly ? ' type' : ''}`];
  });
}

const variables = async (text: string, through = 'environment'): Promise<readonly string[]> =>
  (await hitsIn(text, 'variables')).flatMap((hit) =>
    hit.kind === 'variable' && hit.through === through ? [`${hit.name}${hit.hasDefault ? '?' : ''}`] : [],
  );

const passesOn = async (text: string): Promise<boolean> =>
  (await hitsIn(text, 'variables')).some(({ kind }) => kind === 'environment-passed-on');

const branches = async (text: string): Promise<readonly string[]> =>
  (await hitsIn(text, 'environment-names')).flatMap((hit) =>
    hit.kind === 'environment-name' ? [[hit.variable, hit.use, ...hit.values].join(' ')] : [],
  );

const locators = async (text: string): Promise<readonly string[]> =>
  (await hitsIn(text, 'locators')).flatMap((hit) =>
    hit.kind === 'locator' ? [`${hit.target}${hit.fallbackOf === null ? '' : ` for ${hit.fallbackOf}`}`] : [],
  );

async function each<T>(
  table: readonly (readonly [string, T])[],
  read: (text: string) => Promise<T>,
): Promise<void> {
  for (const [text, expected] of table) assert.deepEqual(await read(text), expected, text);
}

test('an import is seen in every form that code has for it', async () => {
  await each(
    [
      ["import a from 'x'; a();", ['x']],
      ['import"x"', ['x']],
      ["import { type A, b } from 'x'; b();", ['x']],
      ["export * from 'x'", ['x']],
      ["export { a } from '@s/x/y'", ['@s/x/y']],
      ["await import('x')", ['x']],
      ["import(/* webpackChunkName: 'x' */ 'y')", ['y']],
      ['await import(`x`)', ['x']],
      ["const a = require('x')", ['x']],
      ["require\n  // the one\n  ('x')", ['x']],
      ["require . resolve('x/package.json')", ['x/package.json']],
      ["import a = require('x'); a();", ['x']],
      ["import a from '\\u0078'; a();", ['x']],
      ["import a from 'ü'; a();", ['ü']],
    ],
    imports,
  );
});

test('a text that looks like an import is none', async () => {
  await each(
    [
      ["// import a from 'x'", []],
      ["/* require('x') */", []],
      ['const a = "import b from \'x\'"', []],
      ["const a = `require('x')`", []],
      ["declare module 'x' {}", []],
      ["a.from('x')", []],
      ['require(name)', []],
      ["import('x' + name)", []],
      ["let a: import('x').Y", []],
      ["let a = b as import('x').Y", []],
    ],
    imports,
  );
});

test('an import of types alone is told from one that runs', async () => {
  await each(
    [
      ["import type { A } from 'x'", ['x type']],
      ["import { type A } from 'x'", ['x type']],
      ["export type { A } from 'x'", ['x type']],
      ["import { A } from 'x'; let a: A", ['x type']],
      ["import * as N from 'x'; let a: N.A", ['x type']],
      ["import { A } from 'x'; let a: A = A.b", ['x']],
      ["import { A } from 'x'; export const b = { A }", ['x']],
      ["import {} from 'x'", ['x type']],
      ["import 'x'", ['x']],
    ],
    imports,
  );
  assert.deepEqual(await imports("import { A } from 'x';", 'a.js'), ['x'], 'JavaScript leaves nothing out');
});

test('an import that may fail is optional', async () => {
  await each(
    [
      ["try { require('x') } catch {}", ['x optional']],
      ["await import('x').catch(() => null)", ['x optional']],
      ["try { a() } catch { require('x') }", ['x']],
      ["try { require('x') } finally {}", ['x']],
    ],
    imports,
  );
});

test('a variable is seen in every form that reads it', async () => {
  await each(
    [
      ['process.env.A', ['A']],
      ["process.env['A'] ?? 'b'", ['A?']],
      ['process?.env?.A', ['A']],
      ['globalThis.process.env.A', ['A']],
      ['Number(process.env.A || 3000)', ['A?']],
      ["const { A, B = 'x', C: c, D: d = 'y' } = process.env", ['A', 'B?', 'C', 'D?']],
      ['const env = process.env; env.A; env["B"]', ['A', 'B']],
      ["import { env } from 'node:process'; env.A", ['A']],
      ["import { env as e } from 'process'; e.A", ['A']],
      ['const { env } = process; env.A', ['A']],
      ["'A' in process.env", ['A']],
      ["const { env: { A, B = 'x' } } = process", ['A', 'B?']],
      ["const name = 'A'; process.env[name]", ['A']],
      ['cleanEnv(process.env, { A: str(), B: port() })', ['A', 'B']],
      ['(process.env as Env).A!', ['A']],
    ],
    variables,
  );
});

test('what does not read a variable is none', async () => {
  await each(
    [
      ["process.env.A = 'b'", []],
      ['delete process.env.A', []],
      ['import.meta.env.A', []],
      ['// process.env.A', []],
      ["'process.env.A'", []],
      ['`process.env.A`', []],
      ['c.env.A', []],
    ],
    variables,
  );
});

test('names of an environment that is handed on are likely variables', async () => {
  assert.ok(await passesOn('parse(process.env)'));
  assert.ok(await passesOn('process.env[name]'));
  assert.ok(await passesOn('spawn(a, { env: { ...process.env } })'));
  assert.ok(!(await passesOn('process.env.A')));
  const likely = (text: string): Promise<readonly string[]> => variables(text, 'likely');
  await each(
    [
      ['(env) => env.A', ['A']],
      ["required(env, 'A')", ['A']],
      ["requireEnv('A')", ['A']],
      ["env('A')", ['A']],
      ["getEnvVar('A')", ['A']],
      ["convenient('A')", []],
      ["log('A')", []],
    ],
    likely,
  );
});

test('a branch on the name of an environment is seen', async () => {
  await each(
    [
      ["if (process.env.NODE_ENV === 'production') a()", ['NODE_ENV compared production']],
      ["'test' != process.env['APP_ENV']", ['APP_ENV compared test']],
      ["(process.env.NODE_ENV ?? 'development').toLowerCase() === 'staging'", ['NODE_ENV compared staging']],
      ["const e = process.env.NODE_ENV || 'dev'; e === 'prod'", ['NODE_ENV compared prod']],
      ["const { NODE_ENV } = process.env; NODE_ENV === 'test'", ['NODE_ENV compared test']],
      ["const { NODE_ENV: e = 'x' } = process.env; e === 'test'", ['NODE_ENV compared test']],
      [
        "switch (process.env.NODE_ENV) { case 'production': case 'test': a() }",
        ['NODE_ENV switched production test'],
      ],
      ["['production', 'staging'].includes(process.env.NODE_ENV)", ['NODE_ENV compared production staging']],
      ["process.env.NODE_ENV?.startsWith('prod')", ['NODE_ENV compared prod']],
      ['settings[process.env.NODE_ENV]', ['NODE_ENV index']],
      ['require(`./config/${process.env.NODE_ENV}.json`)', ['NODE_ENV file-name']],
      ["read('.env.' + process.env.NODE_ENV)", ['NODE_ENV file-name']],
      ["path.join('config', process.env.NODE_ENV)", ['NODE_ENV file-name']],
      ["config.NODE_ENV === 'production'", ['NODE_ENV compared production']],
      ["app.get('env') === 'development'", ['NODE_ENV compared development']],
      ["process.env.TARGET === 'production'", ['TARGET compared production']],
    ],
    branches,
  );
});

test('the name of an environment is followed through what one file calls it', async () => {
  const compared = ['NODE_ENV compared production'];
  await each(
    [
      ["let e; e = process.env.NODE_ENV; e === 'production'", compared],
      ["const a = process.env.NODE_ENV; const b = a; b === 'production'", compared],
      ["const e = process.env.NODE_ENV; const isLive = e === 'production'; if (isLive) a()", compared],
      ["export const e = process.env.NODE_ENV; export const f = () => e === 'production'", compared],
      ["exports.stage = process.env.NODE_ENV; if (exports.stage === 'production') a()", compared],
      ["const c = { e: process.env.NODE_ENV }; c.e === 'production'", compared],
      ["const e = process.env.NODE_ENV; const c = { e }; c.e === 'production'", compared],
      ["class C { e = process.env.NODE_ENV; f() { return this.e === 'production' } }", compared],
      ["const { env: { NODE_ENV } } = process; NODE_ENV === 'production'", compared],
      ["const { env: { NODE_ENV: e = 'x' } } = process; e === 'production'", compared],
      ["const { e = process.env.NODE_ENV } = options; e === 'production'", compared],
      ["function f(e = process.env.NODE_ENV) { return e === 'production' }", compared],
      ["const e = process.env.NODE_ENV ? process.env.NODE_ENV : 'x'; e === 'production'", compared],
      ["const e = String(process.env.NODE_ENV); e === 'production'", compared],
      ["const name = 'NODE_ENV'; process.env[name] === 'production'", compared],
      ["const live = 'production'; process.env.NODE_ENV === live", compared],
      ["const Stage = { live: 'production' }; process.env.NODE_ENV === Stage.live", compared],
      ['/^production/.test(process.env.NODE_ENV)', compared],
    ],
    branches,
  );
  const typed =
    "class C { private e: string = process.env.NODE_ENV!; f() { return this.e === 'production' } }";
  assert.equal((await hitsIn(typed, 'environment-names', 'a.ts')).length, 1);
});

test('another thing of the same name is not the name of an environment', async () => {
  await each(
    [
      ["const e = process.env.NODE_ENV; log(e); const f = (e) => e === 'test'", []],
      ["function f() { const e = process.env.NODE_ENV; log(e) } function g(e) { return e === 'test' }", []],
      ["const e = process.env.NODE_ENV; { const e = kind(); e === 'test' }", []],
      ["const c = { e: process.env.NODE_ENV }; log(c); other.e === 'test'", []],
      ["class C { e = process.env.NODE_ENV } class D { f() { return this.e === 'test' } }", []],
      ["let live = 'production'; process.env.NODE_ENV === live", []],
      ['/^v?d+/.test(process.env.NODE_ENV)', []],
    ],
    branches,
  );
});

test('what only looks like a branch on an environment is none', async () => {
  await each(
    [
      ["// process.env.NODE_ENV === 'production'", []],
      ['"process.env.NODE_ENV === \'production\'"', []],
      ['log({ environment: process.env.NODE_ENV })', []],
      ['`running in ${process.env.NODE_ENV}`', []],
      ["process.env.MODE === 'test'", []],
      ["process.env.LOG_LEVEL === 'debug'", []],
      ["stage === 'production'", []],
      ["import.meta.env.NODE_ENV === 'production'", []],
    ],
    branches,
  );
});

test('an address of a service that is handed on is a locator', async () => {
  await each(
    [
      ["connect('postgres://app:pw@db.internal:5432/shop')", ['postgres://db.internal:5432']],
      ["const url = 'redis://localhost'", ['redis://localhost']],
      ['connect(`mongodb+srv://cluster.acme.net/${database}`)', ['mongodb+srv://cluster.acme.net']],
      ["process.env.DATABASE_URL ?? 'postgres://localhost/shop'", ['postgres://localhost for DATABASE_URL']],
      ["const { REDIS_URL = 'redis://cache:6379' } = process.env", ['redis://cache:6379 for REDIS_URL']],
      ["fetch('http://localhost:9200/_search')", ['http://localhost:9200']],
      ["new Client({ host: 'localhost', port: 5432 })", ['localhost:5432']],
      ["const settings = { host: '127.0.0.1', database: 'shop' }", ['127.0.0.1']],
      ["const s = { host: process.env.DB_HOST || 'localhost', user }", ['localhost for DB_HOST']],
      ["new Redis(6379, '127.0.0.1')", ['127.0.0.1:6379']],
      ["mail.createTransport({ host: 'smtp.acme.com', port: 587 })", ['smtp.acme.com:587']],
    ],
    locators,
  );
});

test('what names no service, or is not handed on, is no locator', async () => {
  await each(
    [
      ["// connect('postgres://localhost')", []],
      ["new URL(request.url, 'http://localhost')", []],
      ['new URL(`http://localhost${request.url}`)', []],
      ["process.env.API ?? 'http://localhost:4000'", []],
      ["console.log('http://localhost:3000')", []],
      ['fetch(`http://localhost:${port}/healthz`)', []],
      ["url.startsWith('postgres://')", []],
      ["url.startsWith('postgres://localhost')", []],
      ["throw new Error('postgres://localhost/x is not reachable')", []],
      ["const hint = 'give postgres://USER:PASSWORD@HOST:PORT/NAME'", []],
      ["const form = 'postgres://USER:PASSWORD@HOST:PORT/NAME'", []],
      ["type A = 'redis://localhost'", []],
      ["cors({ origin: 'http://localhost:5173' })", []],
      ["server.listen({ host: '127.0.0.1', port: 80 })", []],
      ["connect({ host: '127.0.0.1', port })", []],
      ["fetch('https://api.acme.com')", []],
      ['connect(`postgres://${user}:${password}@${host}/shop`)', []],
    ],
    locators,
  );
});

const fallbacks = async (text: string): Promise<readonly string[]> =>
  (await hitsIn(text, 'secret-fallbacks')).flatMap((hit) =>
    hit.kind === 'secret-fallback' ? [hit.variable] : [],
  );

test('a text that stands in for a secret is seen in every form', async () => {
  await each(
    [
      ["session({ secret: process.env.SESSION_SECRET || 'keyboard cat' })", ['SESSION_SECRET']],
      ["sign(user, process.env.JWT_SECRET ?? 'changeme')", ['JWT_SECRET']],
      ['const key = process.env.API_KEY || `dev`', ['API_KEY']],
      ["const { DB_PASSWORD = 'postgres', PORT = '80' } = process.env", ['DB_PASSWORD']],
      ["const { ADMIN_TOKEN: token = 'letmein' } = process.env", ['ADMIN_TOKEN']],
      ["const { env: { COOKIE_KEY = 'x1' } } = process", ['COOKIE_KEY']],
      ["const secret = process.env.APP_SECRET; sign(secret || 'x1')", ['APP_SECRET']],
      ["const c = { pass: process.env.SMTP_PASS }; login(c.pass ?? 'x1')", ['SMTP_PASS']],
      ["const name = 'JWT_SECRET'; sign(process.env[name] || 'x1')", ['JWT_SECRET']],
      ["const fallback = 'x1'; sign(process.env.JWT_SECRET || fallback)", ['JWT_SECRET']],
      ["const defaults = { secret: 'x1' }; sign(process.env.JWT_SECRET || defaults.secret)", ['JWT_SECRET']],
      ["process.env.SECRET_KEY_BASE ||= 'x1'", ['SECRET_KEY_BASE']],
      ["process.env.JWT_SECRET = process.env.JWT_SECRET || 'x1'", ['JWT_SECRET']],
      ["sign(process.env.JWT_SECRET || process.env.OLD_JWT_SECRET || 'x1')", ['JWT_SECRET']],
      ["process.env.JWT_SECRET ? process.env.JWT_SECRET : 'x1'", ['JWT_SECRET']],
      ["live ? process.env.JWT_SECRET : 'x1'", ['JWT_SECRET']],
      ["process.env.NODE_ENV !== 'production' ? 'x1' : process.env.JWT_SECRET", ['JWT_SECRET']],
      ["import { env } from './env.js'; sign(env.JWT_SECRET || 'x1')", ['JWT_SECRET']],
      ["sign(requireEnv('JWT_SECRET') ?? 'x1')", ['JWT_SECRET']],
      ["process.env.dbPassword || 'x1'", ['dbPassword']],
    ],
    fallbacks,
  );
});

test('what is no secret, or no text that is used for one, is no fallback of a secret', async () => {
  await each(
    [
      ["// process.env.JWT_SECRET || 'x1'", []],
      ['"process.env.JWT_SECRET || \'x1\'"', []],
      ["process.env.JWT_SECRET || ''", []],
      ["process.env.JWT_SECRET ?? ' '", []],
      ['process.env.JWT_SECRET || undefined', []],
      ["process.env.JWT_SECRET || randomBytes(32).toString('hex')", []],
      ["process.env.JWT_SECRET || fail('JWT_SECRET is not set')", []],
      ['process.env.JWT_SECRET || config.secret', []],
      ['process.env.JWT_SECRET || `${prefix}-x`', []],
      ["process.env.API_KEY ? 'with a key' : 'without'", []],
      ["console.log(process.env.API_KEY || 'is not there')", []],
      ['log.info(`key: ${process.env.API_KEY ?? "away"}`)', []],
      ["process.env.API_KEY || 'none'", []],
      ["process.env.TLS_KEY || './certs/tls.pem'", []],
      ["process.env.TOKEN_URL || 'http://localhost:4000/token'", []],
      ["process.env.AUTH_TOKEN || 'http://localhost:4000/token'", []],
      ["process.env.SECRET_NAME || 'shop/prod'", []],
      ["process.env.MAX_TOKENS || '4096'", []],
      ["process.env.STRIPE_PUBLISHABLE_KEY || 'pk_x'", []],
      ["process.env.NEXT_PUBLIC_MAP_KEY || 'x1'", []],
      ["process.env.CACHE_KEY || 'pages'", []],
      ["process.env.PWD || 'x1'", []],
      ["process.env.MONKEY || 'x1'", []],
      ["process.env.PASSWORD_MIN_LENGTH || '8'", []],
      ["const key = process.env.API_KEY; use(key); const f = (key) => key || 'x1'", []],
      ["process.env.API_KEY === 'x1'", []],
    ],
    fallbacks,
  );
});

test('the line of a text that stands in for a secret is shown without it', async () => {
  const [hit] = await hitsIn("sign(process.env.JWT_SECRET || 'keyboard cat', 'cat')", 'secret-fallbacks');
  assert.equal(hit?.at.text, "sign(process.env.JWT_SECRET || '********', 'cat')");
  const [far] = await hitsIn('const d = "x1";\nsign(process.env.JWT_SECRET || d)', 'secret-fallbacks');
  assert.deepEqual(far?.at, { file: 'src/a.ts', line: 2, text: 'sign(process.env.JWT_SECRET || d)' });
});

test('the place of a hit is its line, without passwords', async () => {
  const [hit] = await hitsIn(
    "\n\n  connect('postgres://app:hunter2@db/x'); // it's\n",
    'locators',
    'src/db.js',
  );
  assert.deepEqual(hit?.at, {
    file: 'src/db.js',
    line: 3,
    text: "connect('postgres://app:********@db/x'); // it's",
  });
});

test('a file that is no program is read all the same', async () => {
  for (const text of ['[', '(', '{', '`${', "from '", 'import(', ')]}', '\0', '\uFFFD']) {
    assert.deepEqual(await variables(`process.env.A; ${text.repeat(10_000)}`), ['A'], text);
  }
});

test('a file of comments has no code', () => {
  for (const text of ['', ' \n', '// a', '/* a */ // b\n/**/', '#!/usr/bin/env node\n', '/* a']) {
    assert.equal(javascript.hasCode(text), false, text);
  }
  for (const text of ['a', '// a\nb', '/* a */ b', "'a'", '/a/'])
    assert.equal(javascript.hasCode(text), true, text);
});
