import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { Judgement } from '../law.ts';
import { failsLoudly } from './probe-required-variables.ts';
import type { ChangeFact, RunWithout, VariableFacts } from './probe-variable-facts.ts';
import { followsVariables, startsWithDeclared } from './probe-variables.ts';

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
    'broken: With the 2 variables that it was given (DATABASE_URL, PORT) web.1 does not start: it ended with code 1: Error: A is not set',
  );
  assert.deepEqual(failed.evidence, [
    { kind: 'event', process: 'web.1', atMs: 9, what: 'ended with code 1: Error: A is not set', bytes: 'x' },
  ]);
  const alone = { ...failure, lastLines: ['Error: A is not set'] };
  const [shown] = startsWithDeclared.judge({
    ...facts,
    starts: [{ process: 'web.1', atMs: 9, failure: alone }],
  }).evidence;
  assert.deepEqual(shown, {
    kind: 'event',
    process: 'web.1',
    atMs: 9,
    what: 'ended with code 1: Error: A is not set',
  });
  const released = { ...facts, starts: [], releaseFailure: { ...failure, process: 'release' } };
  assert.match(
    told(startsWithDeclared.judge(released)),
    /^broken: With the 2 variables that it was given \(DATABASE_URL, PORT\) the release phase fails: /,
  );
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
    'broken: Without DATABASE_URL web ended with code 1, and no line names the variable',
  );
  assert.equal(
    without({ endedWell: true, what: 'ended with code 0' }),
    'broken: Without DATABASE_URL web ended with code 0, as if all was well',
  );
  assert.equal(
    without({ did: 'waits', naming: null, what: 'was not ready after 5 s' }),
    'broken: Without DATABASE_URL web was not ready after 5 s, and no line names the variable',
  );
  assert.equal(
    without({ did: 'fails', naming: null, what: 'answers GET / with 500' }),
    'broken: Without DATABASE_URL web starts, answers GET / with 500, and no line names the variable',
  );
  const serves = { did: 'serves', what: 'answers GET / as if nothing was missing' } as const;
  const ignored = 'broken: Without DATABASE_URL web answers GET / as if nothing was missing';
  assert.equal(without({ ...serves, naming: null }), ignored);
  assert.equal(without(serves), ignored, 'a warning is not an end');
  assert.equal(without({ ...serves, naming: null }, { did: 'lives', naming: null }), ignored);
  assert.match(
    without({ ...run }, { process: 'worker.2', naming: null }),
    /^broken: Without DATABASE_URL worker ended with code 1/,
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

const withoutEach = (names: readonly string[], runOf: (name: string) => Partial<RunWithout>): Judgement =>
  failsLoudly.judge({
    ...facts,
    removals: names.map((variable, at) => ({
      variable,
      runs: [{ ...run, process: `web.${at + 2}`, naming: null, ...runOf(variable) }],
    })),
  });

test('all variables that are not missed are named, five of many, each way of it once', () => {
  const serves = { did: 'serves', what: 'answers GET / as if nothing was missing' } as const;
  assert.equal(
    withoutEach(['A', 'B', 'C'], () => serves).because,
    'Without A, B, C web answers GET / as if nothing was missing',
  );
  assert.match(
    withoutEach(['A', 'B', 'C', 'D', 'E', 'F', 'G'], () => serves).because,
    /^Without A, B, C, D, E and 2 more web answers/,
  );
  const mixed = withoutEach(['A', 'B', 'C'], (name) => (name === 'B' ? {} : serves));
  assert.equal(
    mixed.because,
    'Without A, C web answers GET / as if nothing was missing; without B web ended with code 1, and no line names the variable',
  );
  assert.equal(mixed.evidence.length, 3);
  assert.equal(mixed.mend, undefined);
});

test('all variables that are not followed are named, by request', () => {
  const deaf = ['TITLE', 'COLOUR'].map((variable) => ({
    ...change,
    variable,
    withValue: { ...answer, matches: false },
  }));
  const level = {
    ...change,
    variable: 'LOG_LEVEL',
    shownBy: 'line',
    withValue: { ...answer, matches: false },
  } as const;
  assert.equal(
    followsVariables.judge({ ...facts, own: ['TITLE'], changes: [...deaf, level] }).because,
    'GET / answers the same whatever TITLE, COLOUR are; GET / logs no line that shows LOG_LEVEL',
  );
});

test('a process that nobody can ask shows nothing by living on', () => {
  assert.match(without({ process: 'worker.2', did: 'lives', naming: null }), /^unproven: /);
  assert.match(
    told(failsLoudly.judge({ ...facts, releaseFailure: failure, starts: [] })),
    /^unproven: Even with all its variables web.1 does not start: it ended with code 1/,
  );
});

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
    'unproven: TITLE could not be tried, for GET / is answered with 404',
  );
  const unsent = { ...answer, sent: false, answer: 'cannot sign in: POST /login answered 401' };
  assert.equal(
    told(changed({ withValue: { ...unsent, answered: false, matches: false } })),
    'unproven: TITLE could not be tried, for GET / was not sent: its visitor cannot sign in (POST /login answered 401)',
  );
  assert.equal(
    told(changed({ without: { ...answer, matches: true } })),
    'unproven: The answer to GET / matches with the value of TITLE and without it, so nothing shows whether it is used',
  );
  assert.match(
    told(changed({ without: { ...answer, answer: '500', answered: false, matches: false } })),
    /^unproven: TITLE could not be tried, for GET \/ fails without the value: 500$/,
  );
});

test('a line of the log may show what the answer does not', () => {
  const logged = (more: Partial<ChangeFact>): string =>
    told(changed({ variable: 'LOG_LEVEL', shownBy: 'line', ...more }));
  assert.equal(logged({}), 'holds: What it says follows LOG_LEVEL');
  assert.equal(
    logged({ withValue: { ...answer, matches: false } }),
    'broken: GET / logs no line that shows LOG_LEVEL',
  );
  assert.equal(
    logged({ without: { ...answer, matches: true } }),
    'unproven: A line that GET / logs matches with the value of LOG_LEVEL and without it, so nothing shows whether it is used',
  );
});

test('without a change to try nothing is proven, and the lines that would are told', () => {
  assert.match(told(followsVariables.judge(facts)), /^not-applicable: /);
  const untold = followsVariables.judge({ ...facts, own: ['TITLE', 'MAIL_URL'] });
  assert.equal(told(untold), 'unproven: The scenario does not say what TITLE, MAIL_URL change');
  assert.equal(
    untold.prove,
    'config:\n  - variable: "TITLE"\n    value: "Proof {token}"\n    request: "GET /"\n    matches: "Proof {token}"',
  );
  assert.equal(
    followsVariables.judge({ ...facts, own: ['LOG_LEVEL'] }).prove,
    `config:\n  - variable: "LOG_LEVEL"\n    value: debug\n    request: GET /\n    line: '"level":"debug"'`,
  );
});

test('the lines that would prove it are YAML, whatever the variable and the request are called', () => {
  for (const more of [
    { without: { ...answer, matches: true } },
    { withValue: { ...answer, answer: '404', matches: false } },
  ]) {
    const { prove } = changed({ variable: 'NULL', request: 'GET /a:', ...more });
    const { config } = parse(prove ?? '') as { readonly config: readonly Record<string, unknown>[] };
    assert.equal(config[0]?.variable, 'NULL');
    assert.match(String(config[0]?.request), /^GET \/(?:a:|PATH-THAT-SHOWS-IT)$/);
  }
  for (const own of [['NULL'], ['NULL_LOG']])
    assert.equal(parse(followsVariables.judge({ ...facts, own }).prove ?? '').config[0].variable, own[0]);
});
