import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { servesTwoDeploys } from '../../factors/03-config/probe-two-deploys.ts';
import { followsVariables } from '../../factors/03-config/probe-variables.ts';
import { readsBackNoLocalFile } from '../../factors/06-processes/probe-local-files.ts';
import { keepsSessions, type SessionRun } from '../../factors/06-processes/probe-session.ts';
import { sharesState } from '../../factors/06-processes/probe-state.ts';
import { type JobFacts, runsEachJobOnce } from '../../factors/08-concurrency/probe-jobs.ts';
import { returnsItsJob } from '../../factors/09-disposability/probe-job.ts';
import { survivesSigkill } from '../../factors/09-disposability/probe-kill.ts';
import {
  dropsNoNewRequests,
  finishesRequestsOnSigterm,
} from '../../factors/09-disposability/probe-requests.ts';
import { keepsAStackTraceInOneEvent } from '../../factors/11-logs/probe-errors.ts';
import { runsInTheSameRelease } from '../../factors/12-admin-processes/probe-run.ts';
import type { Judgement } from '../../factors/law.ts';
import { unknownKind } from '../lab/server-programs.ts';
import { knownApp } from '../scenario/known-app.ts';
import { parseScenario } from '../scenario/parse.ts';
import { proveLinesFor } from '../scenario/prove-lines.ts';
import { donePattern } from '../scenario/suggestions.ts';

const where = 'dozen.check.yaml';

const linesOf = ({ outcome, prove }: Judgement): string => {
  assert.equal(outcome, 'unproven');
  return prove ?? assert.fail('it names what would prove it');
};
const scenarioOf = (judgement: Judgement) => parseScenario(linesOf(judgement), { where });

const session: SessionRun = {
  kind: 'untold',
  requests: ['GET /'],
  packages: [],
  cookies: [{ process: 'web.1', atMs: 1, request: 'GET /', name: 'sid' }],
};
const state = sharesState.judge({ state: { kind: 'untold' }, session });
const visit = keepsSessions.judge({ session });
const files = readsBackNoLocalFile.judge({
  process: 'web.1',
  failure: null,
  requests: [],
  touches: [],
  writes: 'untold',
});
const exchange = { process: 'web.1', sentAt: 1, atMs: 2, request: 'GET /', came: '200', asExpected: true };
const jobs: readonly JobFacts[] = [
  { kind: 'untold', types: ['mailer'] },
  {
    kind: 'run',
    run: {
      type: 'mailer',
      workers: ['mailer.1'],
      jobs: [{ enqueue: exchange, done: exchange }],
      lines: null,
      wait: { ms: 1, isLong: true },
    },
  },
];

test('what would prove state, a session and jobs are lines of a scenario', () => {
  const { requests } = scenarioOf(state);
  assert.ok(requests.write !== null && requests.read !== null);
  assert.ok(scenarioOf(visit).session !== null);
  assert.ok(scenarioOf(files).requests.write !== null);
  for (const facts of jobs) {
    const scenario = scenarioOf(runsEachJobOnce.judge(facts));
    assert.equal(scenario.jobs?.worker, 'mailer');
    assert.ok(scenario.jobs.doneLine !== null);
  }
});

const shutdown = { process: 'web.1', sigtermAtMs: 1, before: null, slow: null, rounds: [] };
const stop = {
  signal: 'SIGTERM' as const,
  process: 'mailer.1',
  enqueuedAtMs: 1,
  enqueued: true,
  takenLine: null,
  takenAtMs: 1,
  doneBefore: true,
  signalledAtMs: 1,
  endedAfterMs: 1,
  waitedMs: 1,
  successor: 'mailer.2',
  doneAtMs: 1,
  gaveUpAtMs: 1,
};
const deploy = { process: 'web.1 of deploy A', atMs: 1, failure: null };

/** Lines of every shape that probes give. */
const examples = [
  state,
  visit,
  files,
  ...jobs.map((facts) => runsEachJobOnce.judge(facts)),
  finishesRequestsOnSigterm.judge(shutdown),
  dropsNoNewRequests.judge(shutdown),
  returnsItsJob.judge({ worker: 'mailer', stops: [stop] }),
  survivesSigkill.judge({
    process: 'web.1',
    killedAtMs: 1,
    restartFailure: null,
    restartedAtMs: 2,
    writes: null,
  }),
  keepsAStackTraceInOneEvent.judge({
    process: 'web.1',
    provocation: 'x',
    provokedAtMs: 1,
    named: false,
    written: [],
  }),
  servesTwoDeploys.judge({ deploys: [deploy, deploy], differing: [], services: ['URL'], exchange: null }),
  followsVariables.judge({
    given: [],
    releaseFailure: null,
    starts: [],
    removals: [],
    own: ['TITLE'],
    changes: [],
  }),
  runsInTheSameRelease.judge({ commands: [], unlisted: ['node tidy.js'], answers: [] }),
].map(linesOf);

type Section = Readonly<Record<string, unknown>>;

/** All that a scenario can say, from which parts are taken: each key of a section is there or not. */
const everything: Readonly<Record<string, Section | readonly unknown[]>> = {
  requests: {
    cheap: 'GET /',
    write: { request: 'POST /x', form: { a: '{token}' } },
    read: 'GET /x',
    slow: { of: 'GET /slow', by: 'itself' },
    fail: 'GET /fail',
  },
  session: { begin: 'POST /login', check: { request: 'GET /me', status: 200 } },
  jobs: {
    worker: 'mailer',
    enqueue: 'POST /jobs/{token}',
    done: 'GET /jobs/{token}',
    'done-line': 'done',
    'taken-line': 'taken',
    'slow-env': { SLOW: '1' },
  },
  config: [{ variable: 'TITLE', value: 'x', request: 'GET /', matches: 'x' }],
  admin: ['node tidy.js'],
};
/** What is no scenario without the rest of its section. */
const needed: Readonly<Record<string, readonly string[]>> = {
  session: ['begin', 'check'],
  jobs: ['worker', 'enqueue', 'done'],
};

const sections = Object.entries(everything).flatMap(([section, content]) =>
  Array.isArray(content) ? [section] : Object.keys(content).map((key) => `${section}.${key}`),
);

function partOf(chosen: readonly string[]): Section {
  const part: Record<string, unknown> = {};
  for (const [section, content] of Object.entries(everything)) {
    if (Array.isArray(content)) {
      if (chosen.includes(section)) part[section] = content;
      continue;
    }
    const keys = Object.keys(content).filter((key) => chosen.includes(`${section}.${key}`));
    const whole = new Set(keys.length === 0 ? [] : [...(needed[section] ?? []), ...keys]);
    if (whole.size > 0)
      part[section] = Object.fromEntries(Object.entries(content).filter(([key]) => whole.has(key)));
  }
  return part;
}

/** As somebody pastes lines into a file: section by section, key by key. */
function pasted(scenario: Section, lines: Section): Section {
  const result: Record<string, unknown> = { ...scenario };
  for (const [section, content] of Object.entries(lines)) {
    const there = result[section];
    if (there === undefined) result[section] = content;
    else if (Array.isArray(there) && Array.isArray(content)) result[section] = [...there, ...content];
    else {
      for (const key of Object.keys(content as Section))
        assert.ok(!Object.hasOwn(there as Section, key), `${section}.${key} is there already`);
      result[section] = { ...(there as Section), ...(content as Section) };
    }
  }
  return result;
}

const paths = ['/', '/up', '/orders', '/orders.json', '/login', '/register', '/me', '/jobs', '/fail'];
const field = fc.record({
  name: fc.constantFrom('title', 'email', 'password', 'count', 'odd-name'),
  kind: fc.constantFrom('text', 'number', 'boolean'),
});
const route = fc.record({
  method: fc.constantFrom('GET', 'POST'),
  path: fc.constantFrom(...paths),
  file: fc.constantFrom('app.js', 'odd: #name\n{token}.js'),
  line: fc.nat(),
  certain: fc.boolean(),
  handler: fc.record({
    fields: fc.uniqueArray(field, { maxLength: 3, selector: ({ name }) => name }),
    status: fc.constantFrom(null, 201, 303),
    tokenKey: fc.constantFrom(null, 'accessToken'),
    table: fc.constantFrom(null, 'orders', 'shop.orders'),
    guarded: fc.boolean(),
    variables: fc.subarray(['TITLE', 'MOTTO']),
  }),
});
const app = fc.record({
  seen: fc.record({
    routes: fc.array(route),
    ways: fc.record({
      body: fc.constantFrom(null, 'form', 'json'),
      bearer: fc.boolean(),
      debugLine: fc.constantFrom(null, '"level":20'),
    }),
  }),
  declares: fc.record({ texts: fc.subarray(['TITLE', 'MOTTO']), tables: fc.boolean() }),
});

test('whatever an app has, the lines are a scenario, and fit into the one that is there', () => {
  fc.assert(
    fc.property(fc.constantFrom(...examples), app, fc.subarray(sections), (example, looks, chosen) => {
      const part = partOf(chosen);
      const lines = proveLinesFor(knownApp({ ...looks, said: chosen.length === 0 ? null : part }), example);
      const alone = parse(lines) as Section | null;
      if (alone === null)
        assert.match(
          lines,
          /^# the scenario has [\w.,\- ]+ already:\n# change (?:it|them) so that what is said above no longer happens$/,
        );
      const whole = pasted(part, alone ?? {});
      parseScenario(stringify(whole), { where });
      if (alone !== null) assert.ok(!/[\r\x1b]/.test(lines));
    }),
    { numRuns: 2000 },
  );
});

test('one thing has one name in all examples, and one pattern', () => {
  const written = examples.flatMap((example) => [...example.matchAll(/(\w+): "\{token\}"/g)]);
  assert.deepEqual(new Set(written.map(([, name]) => name)), new Set(['message', 'matches']));
  const done = examples.flatMap((example) => [...example.matchAll(/"(\{token\}.*?done)"/g)]);
  assert.deepEqual(new Set(done.map(([, pattern]) => pattern)), new Set([donePattern]));
});

test('what lets an app run without a service of an unknown kind are lines of a scenario', () => {
  const { prove } = unknownKind({ kind: 'mongolab', version: null, variable: 'MONGODB_URI' });
  const { env } = parseScenario(prove ?? assert.fail(), { where: 'dozen.check.yaml' });
  assert.deepEqual(env, { MONGODB_URI: 'tcp://127.0.0.1:9' });
});
