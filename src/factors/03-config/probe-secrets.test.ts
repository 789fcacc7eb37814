import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Judgement } from '../law.ts';
import { masked, type PrintedFacts, printsNoSecrets, secretTexts } from './probe-secrets.ts';

const told = ({ outcome, because }: Judgement): string => `${outcome}: ${because}`;

const url = 'postgres://app:s3cret%2Fword@127.0.0.1:5432/app';
const secrets = [...secretTexts('DATABASE_URL', url), ...secretTexts('SESSION_KEY', 'k'.repeat(32))];
const printing = (...lines: string[]): PrintedFacts => ({
  secrets,
  outputs: [{ process: 'web.1', lines: lines.map((text, at) => ({ atMs: at, text })) }],
  away: null,
});

test('of an address the password is secret, as it stands and as it is meant', () => {
  assert.deepEqual(
    secretTexts('DATABASE_URL', url).map(({ text }) => text),
    [url, 's3cret%2Fword', 's3cret/word'],
  );
  assert.deepEqual(secretTexts('REDIS_URL', 'redis://127.0.0.1:6379'), []);
  assert.deepEqual(secretTexts('FLAG', 'true'), [], 'what is short is found by chance');
  assert.deepEqual(
    secretTexts('X', 'http://u:%zz%zz%zz+@h').map(({ text }) => text),
    ['http://u:%zz%zz%zz+@h', '%zz%zz%zz+'],
    'a badly encoded password is taken as it stands',
  );
});

test('a secret that is printed is found, and its evidence does not repeat it', () => {
  const leaks = printsNoSecrets.judge(printing('starting', `connecting to ${url}`, 'password s3cret/word'));
  assert.equal(told(leaks), 'broken: It prints the value of DATABASE_URL');
  assert.deepEqual(
    leaks.evidence.map((each) => each.kind === 'event' && each.bytes),
    ['connecting to [DATABASE_URL]', 'password [DATABASE_URL]'],
  );
  assert.doesNotMatch(JSON.stringify(leaks), /s3cret/);
  assert.equal(masked(`${'k'.repeat(32)} ${url}`, secrets), '[SESSION_KEY] [DATABASE_URL]');
});

test('hosts and names are no secrets', () => {
  assert.equal(
    told(printsNoSecrets.judge(printing('connecting to 127.0.0.1:5432', 'DATABASE_URL is set'))),
    'holds: None of 2 lines that it printed holds the value of DATABASE_URL, SESSION_KEY',
  );
  assert.equal(
    told(printsNoSecrets.judge({ ...printing('postgres is away'), away: 'postgres' })),
    'holds: None of 1 lines that it printed, also when postgres was taken away, holds the value of DATABASE_URL, SESSION_KEY',
  );
  assert.match(told(printsNoSecrets.judge({ secrets: [], outputs: [], away: null })), /^not-applicable: /);
  assert.match(told(printsNoSecrets.judge(printing())), /^unproven: /);
});

test('what an app prints a thousand times is shown ten times', () => {
  const lines = Array.from({ length: 1000 }, () => url);
  assert.equal(printsNoSecrets.judge(printing(...lines)).evidence.length, 10);
});
