import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foreignCodebase } from './codebase.ts';
import { type Revision, sharesHistory, withoutHistory } from './revision.ts';

const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(40)) as [string, string, string];
const from = (...roots: readonly string[]): Revision => ({
  ...withoutHistory,
  commit: 'c'.repeat(40),
  roots,
});

test('revisions with a common first commit share their history, others do not', () => {
  assert.equal(sharesHistory(from(one, two), from(two, three)), true);
  assert.equal(sharesHistory(from(one), from(two)), false);
});

test('unknown first commits are shared with nobody', () => {
  assert.equal(sharesHistory(from(), from()), false);
  assert.equal(sharesHistory(from(one), from()), false);
});

test('an app that runs nothing yet takes any codebase', () => {
  assert.equal(foreignCodebase('shop', null, from(one)), null);
  assert.equal(foreignCodebase('shop', null, from()), null);
});

test('an app takes its own codebase, merged with others or not', () => {
  assert.equal(foreignCodebase('shop', from(one), from(one)), null);
  assert.equal(foreignCodebase('shop', from(one), from(one, two)), null);
});

test('code or an app without a history is of no other codebase', () => {
  assert.equal(foreignCodebase('shop', from(one), from()), null);
  assert.equal(foreignCodebase('shop', from(), from(one)), null);
});

test("code that is not the app's is refused, with the way to insist", () => {
  assert.deepEqual(foreignCodebase('shop', from(one), from(two))?.toJSON(), {
    code: 'CODEBASE_FOREIGN',
    fault: 'user',
    message: 'Cannot deploy to shop: this code has no commit in common with what it runs',
    hint: 'If it shall take the place of the old code, deploy with --new-codebase, or "git push -o new-codebase dozen main"',
  });
});
