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

const refusal = { process: 'web.1', what: 'file', path: '/app/pages.txt', atMs: 60 } as const;

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
    'web.1 does not come up where its code is read-only: it tried to write /app/pages.txt',
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
  assert.equal(judged.because, 'POST /entries answered 500 where the code is read-only');
});

test('a folder that could not be made is named, and nothing that npm keeps for itself', () => {
  const failure = "it ended with code 1: Error: ENOENT: no such file or directory, mkdir 'log'";
  const folder = { process: 'web.1', what: 'folder', path: '/app/log', atMs: 60 } as const;
  const ofNpm = { ...refusal, path: '/app/.npm/_logs/2026-debug-0.log', atMs: 70 };
  const judged = judge({ processes: [{ ...web, failure }], exchanges: [], refused: [folder, ofNpm] });
  assert.equal(
    judged.because,
    'web.1 does not come up where its code is read-only: it tried to make the folder /app/log',
  );
  assert.deepEqual(judged.evidence[0], {
    kind: 'event',
    process: 'web.1',
    atMs: 60,
    what: 'was refused to make the folder /app/log',
  });
  assert.equal(
    judge({ processes: [{ ...web, failure }], exchanges: [], refused: [ofNpm] }).because,
    `web.1 does not come up where its code is read-only: ${failure}`,
  );
});

test('a wrong answer is told with what was refused before it', () => {
  const wrong = { ...write, result: 'answered 500', asExpected: false };
  const later = { ...refusal, path: '/app/later.txt', atMs: 130 };
  assert.equal(
    judge({ exchanges: [wrong], refused: [refusal, later] }).because,
    'POST /entries answered 500 where the code is read-only: web.1 tried to write /app/pages.txt',
  );
});

test('what fails in both cases is not for want of writing', () => {
  const wrong = { ...write, asExpected: false, asExpectedOtherwise: false };
  assert.equal(judge({ exchanges: [wrong] }).outcome, 'holds');
  assert.equal(judge({ exchanges: [{ ...wrong, asExpectedOtherwise: null }] }).outcome, 'holds');
  const down = { ...web, failure: 'it ended with code 1', upOtherwise: false };
  assert.equal(judge({ processes: [down], exchanges: [] }).outcome, 'unproven');
});
