import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Judgement } from '../law.ts';
import {
  type ChangeFact,
  failsLoudly,
  followsVariables,
  type RunWithout,
  startsWithDeclared,
  type VariableFacts,
} from './probe-variables.ts';

const told = ({ outcome, because }: Judgement): string => `${outcome}: ${because}`;

const facts: VariableFacts = {
  given: ['DATABASE_URL', 'PORT'],
  releaseFailure: null,
  starts: [
    { process: 'web.1', atMs: 20, failure: null },
    { process: 'worker.1', atMs: 30, failure: null },
  ],
  removals: [],
  own: [],
  changes: [],
};

const failure = {
  process: 'web.1',
  atMs: 9,
  why: 'it ended with code 1: Error: A is not set',
  lastLines: ['x'],
};

const run: RunWithout = {
  process: 'web.2',
  atMs: 40,
  did: 'ended',
  what: 'ended with code 1',
  endedWell: false,
  naming: 'DATABASE_URL is not set',
  lastLine: 'DATABASE_URL is not set',
};

test('every process type starts with what is declared', () => {
  assert.equal(
    told(startsWithDeclared.judge(facts)),
    'holds: 2 process types started with 2 variables and no others: DATABASE_URL, PORT',
  );
  assert.equal(
    told(startsWithDeclared.judge({ ...facts, starts: [] })),
    'not-applicable: The app has no process types',
  );
  const failed = startsWithDeclared.judge({ ...facts, starts: [{ process: 'web.1', atMs: 9, failure }] });
  assert.equal(
    told(failed),
    'broken: With the 2 declared variables web.1 does not come through: it ended with code 1: Error: A is not set',
  );
  assert.deepEqual(failed.evidence, [
    { kind: 'event', process: 'web.1', atMs: 9, what: 'ended with code 1: Error: A is not set', bytes: 'x' },
  ]);
  const released = { ...facts, starts: [], releaseFailure: { ...failure, process: 'release' } };
  assert.match(told(startsWithDeclared.judge(released)), /^broken: .+ release does not come through/);
});

const without = (...runs: Partial<RunWithout>[]): string =>
  told(
    failsLoudly.judge({
      ...facts,
      removals: [{ variable: 'DATABASE_URL', runs: runs.map((more) => ({ ...run, ...more })) }],
    }),
  );

test('a required variable that is missing is named by who ends', () => {
  assert.equal(told(failsLoudly.judge(facts)), 'not-applicable: It declares no variable without a default');
  const holds = 'holds: Without DATABASE_URL a process says so and does not serve';
  assert.equal(without({}), holds);
  assert.equal(without({ did: 'waits', what: 'was not ready after 5 s' }), holds);
  assert.equal(without({ did: 'fails', what: 'answers GET / with 500' }), holds);
  assert.equal(without({}, { process: 'worker.2', did: 'lives' }), holds);
  assert.equal(without({ did: 'serves', naming: null }, { process: 'worker.2' }), holds);
});

test('one that is missed in silence, or not at all, is not', () => {
  assert.equal(
    without({ naming: null }),
    'broken: Without DATABASE_URL web.2 ended with code 1, and no line names the variable',
  );
  assert.equal(
    without({ endedWell: true, what: 'ended with code 0' }),
    'broken: Without DATABASE_URL web.2 ended with code 0, as if all was well',
  );
  assert.equal(
    without({ did: 'waits', naming: null, what: 'was not ready after 5 s' }),
    'broken: Without DATABASE_URL web.2 was not ready after 5 s, and no line names the variable',
  );
  assert.equal(
    without({ did: 'fails', naming: null, what: 'answers GET / with 500' }),
    'broken: Without DATABASE_URL web.2 degrades silently: it answers GET / with 500, and no line names the variable',
  );
  const serves = { did: 'serves', what: 'answers GET / as if nothing was missing' } as const;
  const ignored =
    'broken: DATABASE_URL is required and ignored: without it web.2 answers GET / as if nothing was missing';
  assert.equal(without({ ...serves, naming: null }), ignored);
  assert.equal(without(serves), ignored, 'a warning is not an end');
  assert.equal(without({ ...serves, naming: null }, { did: 'lives', naming: null }), ignored);
  assert.match(
    without({ ...run }, { process: 'worker.2', naming: null }),
    /^broken: Without DATABASE_URL worker.2/,
  );
});

test('a process that nobody can ask shows nothing by living on', () => {
  assert.match(without({ process: 'worker.2', did: 'lives', naming: null }), /^unproven: /);
  assert.match(
    told(failsLoudly.judge({ ...facts, releaseFailure: failure, starts: [] })),
    /^unproven: web.1 does not come through with all variables/,
  );
});

const answer = { process: 'web.1', atMs: 50, sent: true, answer: '200', answered: true };
const change: ChangeFact = {
  variable: 'TITLE',
  request: 'GET /',
  shownBy: 'answer',
  withValue: { ...answer, process: 'web.2', matches: true },
  without: { ...answer, matches: false },
};
const changed = (more: Partial<ChangeFact>): Judgement =>
  followsVariables.judge({ ...facts, own: ['TITLE'], changes: [{ ...change, ...more }] });

test('an answer follows the variable that the scenario changes', () => {
  assert.equal(told(changed({})), 'holds: What it says follows TITLE');
  assert.equal(
    told(changed({ withValue: { ...answer, matches: false } })),
    'broken: GET / answers the same whatever TITLE is',
  );
  assert.equal(
    told(changed({ withValue: { ...answer, answer: '404', matches: false } })),
    'unproven: GET / is answered with 404, which shows nothing of TITLE',
  );
  const unsent = { ...answer, sent: false, answer: 'cannot sign in: POST /login answered 401' };
  assert.equal(
    told(changed({ withValue: { ...unsent, answered: false, matches: false } })),
    'unproven: GET / was not sent: cannot sign in: POST /login answered 401, which shows nothing of TITLE',
  );
  assert.equal(
    told(changed({ without: { ...answer, matches: true } })),
    'unproven: GET / matches with the value of TITLE and without it',
  );
  assert.match(
    told(changed({ without: { ...answer, answer: '500', answered: false, matches: false } })),
    /^unproven: GET \/ is not answered without TITLE/,
  );
});

test('a line of the log may show what the answer does not', () => {
  const logged = (more: Partial<ChangeFact>): string =>
    told(changed({ variable: 'LOG_LEVEL', shownBy: 'line', ...more }));
  assert.equal(logged({}), 'holds: What it says follows LOG_LEVEL');
  assert.equal(
    logged({ withValue: { ...answer, matches: false } }),
    'broken: GET / leaves no such line whatever LOG_LEVEL is',
  );
  assert.equal(
    logged({ without: { ...answer, matches: true } }),
    'unproven: A line after GET / matches with the value of LOG_LEVEL and without it',
  );
});

test('without a change to try nothing is proven, and the lines that would are told', () => {
  assert.match(told(followsVariables.judge(facts)), /^not-applicable: /);
  const untold = followsVariables.judge({ ...facts, own: ['TITLE', 'MAIL_URL'] });
  assert.equal(told(untold), 'unproven: The scenario does not say what TITLE, MAIL_URL change');
  assert.equal(
    untold.prove,
    'config:\n  - variable: TITLE\n    value: "Proof {token}"\n    request: GET /\n    matches: "Proof {token}"',
  );
  assert.equal(
    followsVariables.judge({ ...facts, own: ['LOG_LEVEL'] }).prove,
    `config:\n  - variable: LOG_LEVEL\n    value: debug\n    request: GET /\n    line: '"level":"debug"'`,
  );
});
