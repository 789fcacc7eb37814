import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readsBackNoLocalFile } from '../../factors/06-processes/probe-local-files.ts';
import { keepsSessions, type SessionRun } from '../../factors/06-processes/probe-session.ts';
import { sharesState } from '../../factors/06-processes/probe-state.ts';
import { type JobFacts, runsEachJobOnce } from '../../factors/08-concurrency/probe-jobs.ts';
import type { Judgement } from '../../factors/law.ts';
import { unknownKind } from '../lab/server-programs.ts';
import { parseScenario } from '../scenario/parse.ts';

const scenarioOf = ({ outcome, prove }: Judgement) => {
  assert.equal(outcome, 'unproven');
  return parseScenario(prove ?? assert.fail('it names what would prove it'), { where: 'dozen.check.yaml' });
};

test('what would prove state, a session and jobs are lines of a scenario', () => {
  const session: SessionRun = {
    kind: 'untold',
    requests: ['GET /'],
    packages: [],
    cookies: [{ process: 'web.1', atMs: 1, request: 'GET /', name: 'sid' }],
  };
  const state = scenarioOf(sharesState.judge({ state: { kind: 'untold' }, session }));
  assert.ok(state.requests.write !== null && state.requests.read !== null);
  assert.ok(scenarioOf(keepsSessions.judge({ session })).session !== null);

  const files = { process: 'web.1', failure: null, requests: [], touches: [], writesKnown: false };
  assert.ok(scenarioOf(readsBackNoLocalFile.judge(files)).requests.write !== null);

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
  for (const facts of jobs) {
    const scenario = scenarioOf(runsEachJobOnce.judge(facts));
    assert.equal(scenario.jobs?.worker, 'mailer');
    assert.ok(scenario.jobs.doneLine !== null);
  }
});

test('what lets an app run without a service of an unknown kind are lines of a scenario', () => {
  const { prove } = unknownKind({ kind: 'mongolab', version: null, variable: 'MONGODB_URI' });
  const { env } = parseScenario(prove ?? assert.fail(), { where: 'dozen.check.yaml' });
  assert.deepEqual(env, { MONGODB_URI: 'tcp://127.0.0.1:9' });
});
