import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { factorOf, type Judgement } from '../law.ts';
import { type JobStop, returnsItsJob } from './probe-job.ts';
import { type KillFacts, survivesSigkill, type WriteFact } from './probe-kill.ts';
import {
  droppedOf,
  dropsNoNewRequests,
  finishesRequestsOnSigterm,
  type NewRequest,
  type SlowFact,
} from './probe-requests.ts';
import { canBeStoppedWhileStarting, type EarlyStop, startsInSeconds } from './probe-start.ts';
import { closesItsServiceConnections, endsOnSigterm, type StopFact } from './probe-stop.ts';
import { probes } from './probes.ts';

const told = ({ outcome, because }: Judgement): string => `${outcome}: ${because}`;

test('probes of disposability are its own, and no two share an id', () => {
  assert.equal(new Set(probes.map(({ id }) => id)).size, probes.length);
  for (const { id } of probes) assert.equal(factorOf(id), 'disposability');
});

test('the median of the starts decides, not the longest', () => {
  const judge = (...times: number[]): string =>
    told(
      startsInSeconds.judge({
        starts: times.map((tookMs, at) => ({ process: `web.${at + 1}`, tookMs, atMs: tookMs })),
        early: [],
        limitMs: 10_000,
      }),
    );
  assert.equal(judge(), 'unproven: No start was timed');
  assert.equal(judge(400, 500), 'holds: The median of 2 starts is 0.45 s, the longest 0.50 s');
  assert.equal(judge(400, 45_000, 500), 'holds: The median of 3 starts is 0.50 s, the longest 45.0 s');
  assert.equal(
    judge(11_000, 12_000, 10_500, 900),
    'broken: The median of 4 starts is 10.8 s, the longest 12.0 s: more than 10.0 s',
  );
});

test('a start that cannot be stopped at one of the moments is shown with the others', () => {
  const early = (endedAfterMs: number | null): EarlyStop => ({
    process: 'web.11',
    afterMs: 120.4,
    atMs: 500,
    endedAfterMs,
    how: 'SIGTERM',
  });
  const judge = (...ends: (number | null)[]): Judgement =>
    canBeStoppedWhileStarting.judge({ starts: [], early: ends.map(early), limitMs: 10_000 });
  assert.equal(told(judge()), 'unproven: Each start was over before it could be stopped');
  assert.equal(
    told(judge(20, 60)),
    'holds: 2 processes were told to stop while they started, and ended within 0.06 s',
  );
  const stuck = judge(20, null);
  assert.equal(
    told(stuck),
    'broken: 1 of 2 processes that were told to stop while they started did not end within 10.0 s',
  );
  assert.deepEqual(
    stuck.evidence.map((each) => each.kind === 'event' && each.what),
    [
      'got SIGTERM 120 ms after its start and ended 20 ms later with SIGTERM',
      'got SIGTERM 120 ms after its start and was running 10.0 s later',
    ],
  );
});

const slow = (changes: Partial<SlowFact>): SlowFact => ({
  request: 'POST /notes',
  by: 'body',
  sentAt: 900,
  atMs: 1400,
  status: 201,
  failure: null,
  asExpected: true,
  inFlight: true,
  body: 'ok',
  ...changes,
});

test('a request in flight has to be answered as the scenario says', () => {
  const judge = (fact: SlowFact | null): string =>
    told(
      finishesRequestsOnSigterm.judge({
        process: 'web.1',
        sigtermAtMs: 1000,
        before: 200,
        slow: fact,
        rounds: [],
      }),
    );
  assert.equal(judge(null), 'unproven: The scenario names no request that lasts');
  assert.equal(
    judge(slow({ inFlight: false })),
    'unproven: POST /notes was answered before SIGTERM could be sent',
  );
  assert.equal(
    judge(slow({})),
    'holds: POST /notes was in flight when SIGTERM came, and was answered 400 ms later',
  );
  assert.equal(
    judge(slow({ status: null, failure: 'ECONNRESET', asExpected: false })),
    'broken: POST /notes was in flight when SIGTERM came, and was cut (ECONNRESET)',
  );
  assert.equal(
    judge(slow({ status: 503, asExpected: false })),
    'broken: POST /notes was in flight when SIGTERM came, and was answered with 503, not as it should be',
  );
});

const answered = (sentAt: number, status = 200): NewRequest => ({
  sentAt,
  atMs: sentAt + 3,
  status,
  failure: null,
});
const failed = (sentAt: number, failure: string, lasted = 3): NewRequest => ({
  sentAt,
  atMs: sentAt + lasted,
  status: null,
  failure,
});
const refused = (sentAt: number): NewRequest => failed(sentAt, 'ECONNREFUSED');

test('a reset is the queue of a closing listener only when it is the last before the refusals', () => {
  const clean: readonly (readonly NewRequest[])[] = [
    [answered(0), answered(20), refused(40), refused(60)],
    [answered(0), failed(20, 'ECONNRESET'), refused(40)],
    [answered(0), failed(20, 'EPIPE', 90), failed(40, 'ECONNRESET', 70), refused(110)],
    [answered(0, 404)],
  ];
  for (const requests of clean) assert.deepEqual(droppedOf(requests), []);
  const dropped: readonly (readonly NewRequest[])[] = [
    [failed(0, 'ECONNRESET'), answered(20), refused(40)],
    [answered(0), failed(20, 'ECONNRESET'), failed(40, 'ECONNRESET'), refused(60)],
    [answered(0), failed(20, 'ECONNRESET', 500), refused(540)],
    [answered(0), failed(20, 'timeout'), refused(40)],
    [answered(0), answered(20, 503), refused(40)],
  ];
  for (const requests of dropped) assert.equal(droppedOf(requests).length, 1, JSON.stringify(requests));
});

test('requests are dropped when two shutdowns show it', () => {
  const judge = (before: number | null, ...rounds: (readonly NewRequest[])[]): Judgement =>
    dropsNoNewRequests.judge({ process: 'web.1', sigtermAtMs: 10, before, slow: null, rounds });
  const good = [answered(0), refused(20), refused(40)];
  const bad = [answered(0), failed(20, 'ECONNRESET'), answered(40, 503), refused(60)];
  assert.equal(told(judge(null, good)), 'unproven: Before it is told to stop it answers nothing');
  assert.equal(told(judge(502, good)), 'unproven: Before it is told to stop it answers 502');
  assert.equal(told(judge(200)), 'unproven: No request was sent while the process stopped');
  const kept = 'holds: Of 3 requests that came while it stopped 1 were answered and 2 refused at connect';
  assert.equal(told(judge(200, good)), kept);
  assert.equal(told(judge(200, bad, good)), kept);
  const broken = judge(200, bad, bad);
  assert.equal(
    told(broken),
    'broken: 2 of 4 requests that were sent while web.1 stopped were accepted and then lost: 1 got no answer, 1 got a 5xx',
  );
  assert.deepEqual(
    broken.evidence.map((each) => each.kind === 'event' && each.what),
    [
      'a request sent 10 ms after SIGTERM was taken and cut (ECONNRESET)',
      'a request sent 30 ms after SIGTERM was answered with 503',
    ],
  );
  assert.equal(
    told(judge(200, [answered(0), failed(20, 'ECONNRESET'), refused(40)])),
    'holds: Of 3 requests that came while it stopped 1 were answered and 1 refused at connect, and 1 waited in the queue of the listener when it closed',
  );
});

const stopOf = (changes: Partial<StopFact> = {}): StopFact => ({
  process: 'web.1',
  type: 'web',
  atMs: 100,
  endedAfterMs: 20,
  waitedMs: 15_000,
  how: 'code 0',
  failure: null,
  ...changes,
});
const worker = { process: 'worker.1', type: 'worker' };

test('every process type has to end on SIGTERM, however it does', () => {
  const judge = (...stops: StopFact[]): string =>
    told(endsOnSigterm.judge({ stops, connections: [], unprovided: [] }));
  assert.equal(
    judge(stopOf(), stopOf({ ...worker, how: 'SIGTERM', endedAfterMs: 1500 })),
    'holds: Every process type ends on SIGTERM: web.1 after 0.02 s with code 0, worker.1 after 1.50 s with SIGTERM',
  );
  assert.equal(
    judge(stopOf(), stopOf({ ...worker, endedAfterMs: null })),
    'broken: worker.1 was running 15.00 s after SIGTERM, and had to be killed',
  );
  assert.equal(
    judge(stopOf(), stopOf({ ...worker, failure: 'it ended with code 1' })),
    'unproven: worker.1 does not start: it ended with code 1',
  );
});

test('no connection may be left at a service, and there must have been one', () => {
  const judge = (before: number, after: number, stop = stopOf()): string =>
    told(
      closesItsServiceConnections.judge({
        stops: [stop],
        connections: [{ service: 'postgres', before, after, beforeAtMs: 1, afterAtMs: 2 }],
        unprovided: [],
      }),
    );
  assert.equal(
    told(closesItsServiceConnections.judge({ stops: [], connections: [], unprovided: [] })),
    'not-applicable: The app declares no service',
  );
  assert.equal(
    judge(4, 0),
    'holds: It had 4 connections to postgres, and none is left when its processes have ended',
  );
  assert.equal(judge(4, 1), 'broken: postgres has 1 connection of the app after all its processes ended');
  assert.equal(judge(0, 0), 'unproven: The running app has no connection to postgres to close');
  assert.equal(
    judge(4, 4, stopOf({ endedAfterMs: null })),
    'unproven: web.1 does not end by itself, so it cannot be seen what it leaves',
  );
});

const write = (order: number, shown: WriteFact['shown'], acknowledged = true): WriteFact => ({
  token: `t${order}`,
  sentAt: order * 10,
  acknowledgedAt: acknowledged ? order * 10 + 5 : null,
  shown,
});

test('what was acknowledged is there after a kill, and nothing is there in part', () => {
  const judge = (writes: readonly WriteFact[] | null, changes: Partial<KillFacts> = {}): string =>
    told(
      survivesSigkill.judge({
        process: 'web.1',
        killedAtMs: 50,
        restartFailure: null,
        restartedAtMs: 90,
        writes,
        ...changes,
      }),
    );
  assert.equal(
    judge(null),
    'unproven: It starts again after SIGKILL, but nothing says what it writes and how it is read',
  );
  assert.equal(
    judge(null, { restartFailure: 'it ended with code 1: the lock is held' }),
    'broken: After web.1 was killed a new one does not start: it ended with code 1: the lock is held',
  );
  assert.equal(
    judge([write(1, 'absent', false)]),
    'unproven: No write was acknowledged before the process was killed',
  );
  const kept = 'holds: All 2 writes that were acknowledged before SIGKILL are there after it';
  assert.equal(judge([write(1, 'whole'), write(2, 'whole'), write(3, 'absent', false)]), kept);
  assert.equal(judge([write(1, 'whole'), write(2, 'whole'), write(3, 'whole', false)]), kept);
  assert.equal(
    judge([write(1, 'whole'), write(2, 'half', false)]),
    'broken: 1 of 2 writes can be read in part',
  );
  assert.equal(
    judge([write(1, 'whole'), write(2, 'absent')]),
    'broken: 1 of 2 writes that were acknowledged are lost after SIGKILL',
  );
  assert.equal(
    judge([write(1, 'absent'), write(2, 'absent')]),
    'broken: 2 of 2 writes that were acknowledged are lost after SIGKILL',
  );
  assert.equal(
    judge([write(1, 'absent'), write(2, 'whole')]),
    'unproven: What is read shows the latest writes alone',
  );
});

const jobStop = (signal: JobStop['signal'], changes: Partial<JobStop> = {}): JobStop => ({
  signal,
  process: 'worker.1',
  enqueuedAtMs: 10,
  enqueued: true,
  takenLine: null,
  takenAtMs: 1010,
  doneBefore: false,
  signalledAtMs: 1015,
  endedAfterMs: 20,
  waitedMs: 15_000,
  successor: 'worker.2',
  doneAtMs: 1900,
  gaveUpAtMs: 1900,
  ...changes,
});

test('a job is done by the next worker, whatever ended the first', () => {
  const judge = (term: Partial<JobStop>, kill: Partial<JobStop> = {}): string =>
    told(
      returnsItsJob.judge({ worker: 'worker', stops: [jobStop('SIGTERM', term), jobStop('SIGKILL', kill)] }),
    );
  assert.equal(
    judge({}),
    'holds: After SIGTERM and after SIGKILL in the middle of a job the next worker did it',
  );
  assert.equal(
    judge({}, { doneAtMs: null }),
    'broken: A job is lost with its worker: after SIGKILL the next worker did not do it',
  );
  assert.equal(
    judge({ doneAtMs: null }, { doneAtMs: null }),
    'broken: A job is lost with its worker: after SIGTERM and after SIGKILL the next worker did not do it',
  );
  assert.equal(
    judge({ endedAfterMs: null }),
    'broken: worker.1 had to be killed in the middle of its job: it did not end on SIGTERM',
  );
  assert.equal(judge({ doneBefore: true }), 'unproven: The job was done before the worker could be stopped');
  assert.equal(
    judge({ enqueued: false }),
    'unproven: The request that enqueues a job was not answered as it must be',
  );
});

test('the lines that would prove what becomes of a job name a process type as a text', () => {
  for (const more of [{ enqueued: false }, { doneBefore: true }]) {
    const { prove } = returnsItsJob.judge({ worker: '123', stops: [jobStop('SIGTERM', more)] });
    assert.equal(parse(prove ?? '').jobs.worker, '123');
  }
});
