import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cookiesAfter, cookiesSetBy, withCookies } from './cookies.ts';

const setting = (...lines: readonly string[]) => ({ headers: { 'set-cookie': lines.join('\n') } });
const sentBack = (...lines: readonly string[]) => withCookies({}, cookiesSetBy(setting(...lines))).cookie;

test('cookies are sent back by name and value, without what was said about them', () => {
  assert.equal(
    sentBack('a=1; Path=/; HttpOnly', 'b="x=y"; Expires=Wed, 01 Jan 2070 00:00:00 GMT'),
    'a=1; b="x=y"',
  );
});

test('a cookie that is taken away is not sent back', () => {
  assert.equal(
    sentBack('a=1', 'b=2', 'a=; Max-Age=0', 'b=; expires=Thu, 01 Jan 1970 00:00:00 GMT'),
    undefined,
  );
});

test('an answer without a cookie, or with one that has no name, sets none', () => {
  assert.equal(cookiesSetBy({ headers: {} }).size, 0);
  assert.equal(sentBack('=1', 'x'), undefined);
});

test('a later answer adds cookies, replaces them and takes them away', () => {
  const first = cookiesSetBy(setting('a=1', 'b=2'));
  assert.deepEqual(Object.fromEntries(cookiesAfter(first, setting('b=3', 'c=4', 'a=; Max-Age=0'))), {
    b: '3',
    c: '4',
  });
});

test('cookies that a request has of its own are sent too, but for those of the same name', () => {
  const jar = cookiesSetBy(setting('sid=1'));
  assert.deepEqual(withCookies({ Cookie: 'lang=de; sid=other', accept: '*/*' }, jar), {
    accept: '*/*',
    cookie: 'sid=1; lang=de',
  });
});
