import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseForeignCodebase } from './codebase.ts';
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
  refuseForeignCodebase('shop', null, from(one));
  refuseForeignCodebase('shop', null, from());
});

test('an app takes its own codebase, merged with others or not', () => {
  refuseForeignCodebase('shop', from(one), from(one));
  refuseForeignCodebase('shop', from(one), from(one, two));
});

test("code that is not the app's is refused, with the way to insist", () => {
  assert.throws(() => refuseForeignCodebase('shop', from(one), from(two)), {
    code: 'CODEBASE_FOREIGN',
    fault: 'user',
    message: 'Cannot deploy to shop: this code has no commit in common with what it runs',
    hint: 'If it shall take the place of the old code, deploy with --new-codebase, or "git push -o new-codebase dozen main"',
  });
});

test('a history that is not known is said to be so', () => {
  assert.throws(() => refuseForeignCodebase('shop', from(one), from()), {
    message: 'Cannot deploy to shop: the history of this code is not known',
  });
  assert.throws(() => refuseForeignCodebase('shop', from(), from(one)), {
    message: 'Cannot deploy to shop: the history of what it runs is not known',
  });
});
