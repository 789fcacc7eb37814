import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Judgement } from '../law.ts';
import {
  type Asked,
  followsItsLocator,
  type LossFacts,
  type MovedRun,
  type ServiceFacts,
  survivesLoss,
} from './probe-attached.ts';

const told = ({ outcome, because }: Judgement): string => `${outcome}: ${because}`;

const asked = (answer: string, atMs: number): Asked => ({
  request: 'GET /notes',
  atMs,
  answer,
  asExpected: answer === '200',
});
const connect = (port: number) => ({ process: 'web.1', atMs: 30, port });

const facts: ServiceFacts = {
  services: [{ kind: 'redis', variable: 'REDIS_URL', oldPort: 7001, newPort: 7002 }],
  moved: {
    process: 'web.1',
    atMs: 40,
    failure: null,
    exchange: { write: asked('200', 31), read: asked('200', 32) },
    connects: [connect(7002)],
  },
  loss: {
    request: 'GET /notes',
    connections: 2,
    before: asked('200', 50),
    downAtMs: 60,
    upAtMs: 1100,
    during: [asked('200', 61), asked('503', 140)],
    recovered: asked('200', 1180),
    lastFailed: asked('503', 140),
    limitMs: 10_000,
    ended: [],
    processes: ['web.2'],
  },
};
const moved = (more: Partial<MovedRun>): string =>
  told(followsItsLocator.judge({ ...facts, moved: { ...facts.moved, ...more } }));
const lost = (more: Partial<LossFacts>): Judgement =>
  survivesLoss.judge({ ...facts, loss: { ...facts.loss, ...more } });

test('an app without services has nothing to move or lose', () => {
  for (const probe of [followsItsLocator, survivesLoss])
    assert.equal(
      told(probe.judge({ ...facts, services: [] })),
      'not-applicable: The app declares no service',
    );
});

test('with its variable changed it uses the new server alone', () => {
  assert.equal(
    moved({}),
    'holds: With REDIS_URL changed, and nothing else, it wrote to and read from the new server and did not go to the old',
  );
  assert.equal(
    moved({ exchange: null }),
    'holds: With REDIS_URL changed it connected to the new server and not to the old; no write and read of the scenario worked that would show what it did there',
  );
  assert.match(moved({ exchange: null, connects: [] }), /^unproven: Nothing that was asked of it/);
});

test('one that goes elsewhere does not follow', () => {
  assert.equal(
    moved({ connects: [connect(7001), connect(7002)] }),
    'broken: It still connects to the server that its variable no longer names',
  );
  const never = 'broken: It never connects to the server that REDIS_URL names, at port 7002';
  assert.equal(moved({ connects: [connect(6379)] }), never);
  const failed = { write: asked('503', 31), read: asked('404', 32) };
  assert.equal(moved({ connects: [], exchange: failed }), never);
  assert.equal(
    moved({ exchange: failed }),
    'broken: With another server in REDIS_URL it answers GET /notes with 503',
  );
  assert.equal(
    moved({ failure: 'it ended with code 1' }),
    'broken: With another server in REDIS_URL web.1 does not start: it ended with code 1',
  );
});

test('requests may fail while the server is away, and are answered after', () => {
  const judged = lost({});
  assert.equal(
    told(judged),
    'holds: While the server of REDIS_URL was away 1 of 2 failed; GET /notes was as before 80 ms after it was back, and no process ended',
  );
  assert.deepEqual(
    judged.evidence.map((each) => each.kind === 'event' && each.what),
    ['stopped', 'answered GET /notes with 503', 'started again', 'answered GET /notes with 200'],
  );
  assert.match(told(lost({ connections: 0 })), /^holds: /, 'a failed request shows that it was missed');
});

test('a process that ends of it, or never recovers, does not survive', () => {
  const ended = { process: 'web.2', atMs: 70, how: 'ended with code 1', lastLines: ['Error: lost'] };
  assert.equal(
    told(lost({ ended: [ended], recovered: null })),
    'broken: web.2 ended with code 1 when the server of REDIS_URL was stopped and started again',
  );
  assert.equal(
    told(lost({ recovered: null, lastFailed: asked('500', 11_000) })),
    'broken: 10 s after the server of REDIS_URL was back, GET /notes is still answered 500',
  );
});

test('what nobody missed proves nothing', () => {
  assert.match(
    told(lost({ connections: 0, during: [asked('200', 61)] })),
    /^unproven: Nothing was connected/,
  );
  assert.match(told(lost({ before: asked('500', 50) })), /^unproven: GET \/notes was answered 500 before/);
});
