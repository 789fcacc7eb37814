import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ReadOnlyExchange,
  type ReadOnlyFacts,
  type ReadOnlyProcess,
  runsFromReadOnlyCode,
} from './probe-read-only.ts';

const web: ReadOnlyProcess = { name: 'web.1', failure: null, upOtherwise: true, lastLines: [], atMs: 80 };

const write: ReadOnlyExchange = {
  process: 'web.1',
  request: 'POST /entries',
  result: 'answered 303',
  asExpected: true,
  asExpectedOtherwise: true,
  atMs: 120,
};

const refusal = { process: 'web.1', path: '/app/pages.txt', atMs: 60 };

const judge = (change: Partial<ReadOnlyFacts>) =>
  runsFromReadOnlyCode.judge({ processes: [web], exchanges: [write], refused: [], ...change });

test('what starts and answers without writing to its code runs from it', () => {
  const judged = judge({});
  assert.equal(judged.outcome, 'holds');
  assert.equal(judged.because, 'web.1 ran and answered 1 request with code that cannot be written to');
});

test('a write that was refused without harm is mentioned', () => {
  const judged = judge({ refused: [refusal] });
  assert.equal(judged.outcome, 'holds');
  assert.match(judged.because, /; nothing came of 1 refused write$/);
  assert.deepEqual(judged.evidence, [
    { kind: 'event', process: 'web.1', atMs: 60, what: 'was refused to write /app/pages.txt' },
  ]);
});

test('a process that comes up only where it may write is shown with what it wanted to write', () => {
  const failure = 'it ended with code 1: Node.js v26.10.0';
  const lastLines = ['Error: EROFS: read-only file system', 'Node.js v26.10.0'];
  const judged = judge({ processes: [{ ...web, failure, lastLines }], exchanges: [], refused: [refusal] });
  assert.equal(judged.outcome, 'broken');
  assert.equal(
    judged.because,
    'web.1 does not come up when its code cannot be written to: it wants to write /app/pages.txt',
  );
  assert.deepEqual(judged.evidence, [
    { kind: 'event', process: 'web.1', atMs: 60, what: 'was refused to write /app/pages.txt' },
    {
      kind: 'event',
      process: 'web.1',
      atMs: 80,
      what: `did not come up: ${failure}`,
      bytes: lastLines.join('\n'),
    },
  ]);
});

test('an answer that is right only where the app may write is shown', () => {
  const judged = judge({ exchanges: [{ ...write, result: 'answered 500', asExpected: false }] });
  assert.equal(judged.outcome, 'broken');
  assert.equal(judged.because, 'POST /entries answered 500 when the code cannot be written to');
});

test('what fails in both cases is not for want of writing', () => {
  const wrong = { ...write, asExpected: false, asExpectedOtherwise: false };
  assert.equal(judge({ exchanges: [wrong] }).outcome, 'holds');
  assert.equal(judge({ exchanges: [{ ...wrong, asExpectedOtherwise: null }] }).outcome, 'holds');
  const down = { ...web, failure: 'it ended with code 1', upOtherwise: false };
  assert.equal(judge({ processes: [down], exchanges: [] }).outcome, 'unproven');
});
