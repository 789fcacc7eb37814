import assert from 'node:assert/strict';
import { test } from 'node:test';
import { declaredIn } from './declares.ts';

const textsOf = (env: Readonly<Record<string, unknown>>): readonly string[] =>
  declaredIn(JSON.stringify({ env })).texts;

test('a text that people read is no number, no switch, no secret, no address and no name of a machine', () => {
  const env = {
    MAX_NOTES: '100',
    DEBUG: 'true',
    SIGN_UP: 'off',
    API_URL: 'https://api.example',
    MAIL_FROM: 'shop@example.com',
    SESSION_SECRET: 'Not So Secret',
    LOG_LEVEL: 'info',
    APP_MODE: 'Demo',
    DATABASE_NAME: 'Shop',
    LOG_FORMAT: 'json',
    UPLOADS: './Uploads',
    KEY: { generator: 'secret' },
    OWNER: { description: 'Who it belongs to' },
    CITY: 'Berlin',
    SITE_NAME: 'shop',
    GREETING: 'Hello',
  };
  assert.deepEqual(textsOf(env), ['SITE_NAME', 'GREETING', 'CITY']);
});

test('a table can be locked in PostgreSQL and in MariaDB', () => {
  for (const [addon, tables] of [
    ['postgres:18', true],
    ['mariadb', true],
    ['redis', false],
  ] as const)
    assert.equal(declaredIn(JSON.stringify({ addons: [addon] })).tables, tables, addon);
});

test('an app.json that is not there, or broken, declares nothing', () => {
  for (const text of [null, '{', '{ "env": 1 }'])
    assert.deepEqual(declaredIn(text), { texts: [], tables: false }, String(text));
});
