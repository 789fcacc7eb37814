import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildsReproducibly } from './probe-build.ts';

const digest = '0123456789abcdef';
const other = 'fedcba9876543210';

test('a commit that was built once proves nothing of a second build', () => {
  assert.equal(buildsReproducibly.judge({ digest, again: null }).outcome, 'unproven');
});

test('two builds with one digest are one build', () => {
  const judged = buildsReproducibly.judge({ digest, again: { digest, differing: [], atMs: 9 } });
  assert.equal(judged.outcome, 'holds');
  assert.equal(judged.because, 'Two builds have the digest 0123456789ab');
});

test('what differs is named, and both digests are shown', () => {
  const differing = ['app/version.js', 'app/dist/main.js', 'app/dist/main.css'];
  const judged = buildsReproducibly.judge({ digest, again: { digest: other, differing, atMs: 9 } });
  assert.equal(judged.outcome, 'broken');
  assert.equal(judged.because, 'Two builds of one commit differ in version.js and 2 other files');
  const event = { kind: 'event', process: 'build', atMs: 9 };
  assert.deepEqual(judged.evidence, [
    { ...event, what: 'was 0123456789ab the first time and fedcba987654 the second' },
    ...differing.map((file) => ({ ...event, what: `${file} is not the same in both` })),
  ]);
});

test('builds may differ in what is no content of a file', () => {
  const judged = buildsReproducibly.judge({ digest, again: { digest: other, differing: [], atMs: 9 } });
  assert.equal(judged.because, 'Two builds of one commit differ, in names or modes of files');
  assert.equal(judged.evidence.length, 1);
});
