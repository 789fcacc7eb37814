import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cookieHeader, cookiesSetBy } from './cookies.ts';

const sentBack = (...lines: readonly string[]): string =>
  cookieHeader(cookiesSetBy({ headers: { 'set-cookie': lines.join('\n') } }));

test('cookies are sent back by name and value, without what was said about them', () => {
  assert.equal(
    sentBack('a=1; Path=/; HttpOnly', 'b="x=y"; Expires=Wed, 01 Jan 2070 00:00:00 GMT'),
    'a=1; b="x=y"',
  );
});

test('a cookie that is taken away is not sent back', () => {
  assert.equal(sentBack('a=1', 'b=2', 'a=; Max-Age=0', 'b=; expires=Thu, 01 Jan 1970 00:00:00 GMT'), '');
});

test('an answer without a cookie, or with one that has no name, sets none', () => {
  assert.equal(cookiesSetBy({ headers: {} }).size, 0);
  assert.equal(sentBack('=1', 'x'), '');
});
