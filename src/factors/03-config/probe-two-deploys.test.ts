import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Judgement } from '../law.ts';
import { type ExchangeFact, servesTwoDeploys, type TwoDeployFacts } from './probe-two-deploys.ts';

const told = ({ outcome, because }: Judgement): string => `${outcome}: ${because}`;

const a = { process: 'web.1 of deploy A', atMs: 10, failure: null };
const b = { process: 'web.1 of deploy B', atMs: 11, failure: null };
const facts: TwoDeployFacts = {
  deploys: [a, b],
  differing: ['DATABASE_URL'],
  services: ['DATABASE_URL'],
  exchange: null,
};
const exchange: ExchangeFact = {
  writer: a.process,
  other: b.process,
  wroteAtMs: 20,
  writeFailure: null,
  readAtMs: 21,
  seenInOwn: true,
  otherAtMs: 22,
  seenInOther: false,
  otherFailure: null,
};
const exchanged = (more: Partial<ExchangeFact>): string =>
  told(servesTwoDeploys.judge({ ...facts, exchange: [exchange, { ...exchange, ...more }] }));

test('what is written in one deploy is read there and not in the other', () => {
  assert.equal(
    exchanged({}),
    'holds: Two deploys of one build answered at once, each with DATABASE_URL of its own, and neither saw what the other wrote',
  );
  assert.equal(
    exchanged({ seenInOther: true }),
    'broken: What was written in web.1 of deploy A is seen in web.1 of deploy B',
  );
});

test('what could not be written or read shows nothing', () => {
  assert.match(exchanged({ writeFailure: 'it was answered 500' }), /^unproven: Nothing could be written/);
  assert.match(exchanged({ seenInOwn: false }), /^unproven: What was written .+ could not be read there/);
  assert.match(exchanged({ otherFailure: 'timeout' }), /^unproven: .+ did not answer/);
});

test('a deploy that only starts alone is broken; one that never starts is not known', () => {
  const failure = 'it ended with code 1';
  assert.equal(
    told(servesTwoDeploys.judge({ ...facts, deploys: [a, { ...b, failure }] })),
    'broken: web.1 of deploy B does not start beside another deploy: it ended with code 1',
  );
  const neither = servesTwoDeploys.judge({
    ...facts,
    deploys: [
      { ...a, failure },
      { ...b, failure },
    ],
  });
  assert.equal(told(neither), 'unproven: Web does not start: it ended with code 1');
});

test('without a way to write, only an app that shares no service is proven', () => {
  const untold = servesTwoDeploys.judge(facts);
  assert.equal(untold.outcome, 'unproven');
  assert.match(untold.prove ?? '', /^requests:\n {2}write: /);
  assert.equal(
    told(servesTwoDeploys.judge({ ...facts, services: [], differing: [] })),
    'holds: Two deploys of one build answered at once; the app declares no service that they could share',
  );
});
