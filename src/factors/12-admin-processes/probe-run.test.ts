import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AdminFacts, type CommandEnd, canBeRunTwice, runsInTheSameRelease } from './probe-run.ts';

const good: CommandEnd = { process: 'run.1', failure: null, lastLines: ['migrated'], atMs: 300 };
const again: CommandEnd = { ...good, process: 'run.2', atMs: 500 };
const bad = { failure: 'code 1', lastLines: ['Error: DATABASE is not set', 'Node.js v26.10.0'] };

const migrate = { command: 'node migrate.js', runs: [good, again] };
const prune = { command: 'node prune.js', runs: [good, again] };

const read = {
  process: 'web.1',
  request: 'GET /entries.json',
  rightBefore: true,
  rightAfter: true,
  result: 'answered 200',
  atMs: 700,
};

const facts = (change: Partial<AdminFacts> = {}): AdminFacts => ({
  commands: [migrate, prune],
  unlisted: [],
  answers: [read],
  ...change,
});

const both = (change: Partial<AdminFacts>) =>
  [runsInTheSameRelease, canBeRunTwice].map((probe) => probe.judge(facts(change)).outcome);

test('commands that end with 0 each time, and harm nothing, keep both', () => {
  assert.deepEqual(both({}), ['holds', 'holds']);
  assert.equal(
    runsInTheSameRelease.judge(facts()).because,
    'node migrate.js, node prune.js ended with 0 as one-offs of the same build and config',
  );
  assert.equal(
    canBeRunTwice.judge(facts()).because,
    'node migrate.js, node prune.js ended with 0 each time, and GET /entries.json was right as before',
  );
});

test('an app without admin commands has nothing to prove', () => {
  assert.deepEqual(both({ commands: [], answers: [] }), ['not-applicable', 'not-applicable']);
});

test('what is scheduled and was not run is unproven, with the lines of a scenario that would run it', () => {
  const unlisted = ['node "prune all".js'];
  assert.deepEqual(both({ commands: [], unlisted }), ['unproven', 'unproven']);
  assert.deepEqual(both({ unlisted }), ['unproven', 'unproven']);
  assert.equal(
    runsInTheSameRelease.judge(facts({ unlisted: ['a', 'b'] })).because,
    'The scenario does not list a, b, which the app schedules, so they were not run',
  );
  assert.equal(
    runsInTheSameRelease.judge(facts({ unlisted })).prove,
    'admin:\n  - "node \\"prune all\\".js"',
  );
});

test('a command that fails as a one-off is shown with what it printed, and was not run twice', () => {
  const change = { commands: [migrate, { ...prune, runs: [{ ...good, ...bad }] }] };
  assert.deepEqual(both(change), ['broken', 'unproven']);
  const judged = runsInTheSameRelease.judge(facts(change));
  assert.equal(judged.because, 'node prune.js ends with code 1 as a one-off: Error: DATABASE is not set');
  assert.deepEqual(judged.evidence, [
    {
      kind: 'event',
      process: 'run.1',
      atMs: 300,
      what: 'node prune.js ended with code 1',
      bytes: 'Error: DATABASE is not set\nNode.js v26.10.0',
    },
  ]);
});

test('all commands that fail are named', () => {
  const failed = { ...good, ...bad };
  const change = {
    commands: [
      { ...migrate, runs: [failed] },
      { ...prune, runs: [failed] },
    ],
  };
  assert.equal(
    runsInTheSameRelease.judge(facts(change)).because,
    'node migrate.js ends with code 1 as a one-off: Error: DATABASE is not set; node prune.js fails too',
  );
});

test('a command that fails the second time cannot be run twice', () => {
  const change = { commands: [{ ...migrate, runs: [good, { ...again, ...bad }] }, prune] };
  assert.deepEqual(both(change), ['holds', 'broken']);
  assert.equal(
    canBeRunTwice.judge(facts(change)).because,
    'node migrate.js ends with code 1 the second time: Error: DATABASE is not set',
  );
});

test('what was written before is found afterwards, or the second run did harm', () => {
  const spoilt = { ...read, rightAfter: false, result: 'answered 200 and not what was expected' };
  const judged = canBeRunTwice.judge(facts({ answers: [spoilt] }));
  assert.equal(judged.outcome, 'broken');
  assert.equal(
    judged.because,
    'After its admin commands ran again the app answered 200 and not what was expected to GET /entries.json, which was right before',
  );
  assert.equal(judged.evidence.length, 1);
});

test('an answer that was wrong before says nothing of the second run', () => {
  const wrong = { ...read, rightBefore: false, rightAfter: false };
  assert.equal(canBeRunTwice.judge(facts({ answers: [wrong] })).outcome, 'holds');
});
