import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillIn } from './fill.ts';
import { matchesPattern, patternFault } from './pattern.ts';
import type { HttpRequest } from './scenario.ts';

test('a pattern matches anywhere, with the token as a text of its own', () => {
  assert.ok(matchesPattern('"message":"{token}"', 'k3j', '[{"message":"k3j"}]'));
  assert.ok(!matchesPattern('"message":"{token}"', 'k3j', '[{"message":"k3"}]'));
  assert.ok(matchesPattern('^{token}{2}$', 'ab', 'abab'));
  assert.ok(matchesPattern('{token}', 'a.c', 'a.c'));
  assert.ok(!matchesPattern('{token}', 'a.c', 'abc'));
  assert.ok(matchesPattern('{token}', '$&', 'a$&'));
});

test('a pattern that backtracking would hang on takes its time by the length of the text', () => {
  assert.ok(!matchesPattern('(a+)+[xy]$', '', `${'a'.repeat(3_000_000)}b`));
});

test('what is no pattern is told why', () => {
  assert.equal(patternFault('a{token}+'), null);
  assert.equal(patternFault('(a'), 'missing closing ): `(a`');
  assert.equal(patternFault('(a{500}){2}b{999}'), 'it repeats too much');
});

test('a token is filled into all that is sent', () => {
  const request: HttpRequest = {
    method: 'POST',
    path: '/e/{token}?q={token}',
    headers: { 'X-Proof': '{token}' },
    body: 'a={token}',
    encoding: 'none',
    takes: [],
    status: 200,
    matches: '{token}',
    signedIn: false,
  };
  assert.deepEqual(fillIn(request, { token: 'k3j' }), {
    method: 'POST',
    path: '/e/k3j?q=k3j',
    headers: { 'X-Proof': 'k3j' },
    body: 'a=k3j',
    encoding: 'none',
    takes: [],
    status: 200,
    matches: '{token}',
    signedIn: false,
  });
});
