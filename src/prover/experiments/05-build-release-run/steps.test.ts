import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepsOf } from './steps.ts';

test('a line is split where the shell goes on, outside of quotes', () => {
  for (const [line, steps] of [
    ['node server.js', ['node server.js']],
    ['node migrate.js && node server.js', ['node migrate.js', 'node server.js']],
    ['a; b || c | d & e', ['a', 'b', 'c', 'd', 'e']],
    ['(a && b)', ['a', 'b']],
    ['node -e "a && b; c"', ['node -e "a && b; c"']],
    ["sh -c 'a && b'", ["sh -c 'a && b'"]],
    ['echo a\\;b', ['echo a\\;b']],
    ['node server.js 2>&1', ['node server.js 2>&1']],
    ['node server.js &> log', ['node server.js &> log']],
  ] as const)
    assert.deepEqual(stepsOf(line, {}), steps, line);
});

test('a script is put in its place, with what npm runs before and after it', () => {
  const scripts = { prestart: 'npm run migrate', start: 'node server.js', migrate: 'prisma migrate deploy' };
  const steps = ['prisma migrate deploy', 'node server.js'];
  for (const line of ['npm start', 'npm run start', 'yarn start', 'pnpm run -s start', 'exec npm start'])
    assert.deepEqual(stepsOf(line, scripts), steps, line);
  assert.deepEqual(stepsOf('NODE_ENV=production node --run migrate', scripts), ['prisma migrate deploy']);
});

test('a script that is not there, or that calls itself, stays as it is', () => {
  assert.deepEqual(stepsOf('npm run toString', {}), ['npm run toString']);
  assert.deepEqual(stepsOf('npm start', { start: 'npm start' }), ['npm start']);
});

test('scripts that multiply are followed so far and no further', () => {
  const many = (name: string): string => Array.from({ length: 200 }, () => `npm run ${name}`).join(' && ');
  const scripts = { a: many('b'), b: many('c'), c: many('d'), d: many('e'), e: 'node e.js' };
  const steps = stepsOf('npm run a', scripts);
  assert.ok(steps.length > 0 && steps.length <= 500, `${steps.length} steps`);
  assert.deepEqual(stepsOf('npm run a', { ...scripts, e: '' }), []);
});
