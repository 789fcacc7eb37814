import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Deploy, type Gap, type GapEntry, gapBetween } from './gap.ts';
import { isSamePerson } from './person.ts';
import { span } from './span.ts';

const hour = 3_600_000;

const production: Deploy = {
  name: 'shop',
  revision: '1a2b3c4',
  committedAt: 100 * hour,
  deployedAt: 102 * hour,
  authors: ['Ada <ada@example.org>'],
  deployer: 'ada',
  builder: { name: 'node', version: '1' },
  runtimes: [{ name: 'node', version: '26.10.0' }],
  services: [{ kind: 'postgres', version: '18', variable: 'DATABASE_URL' }],
  formation: { web: 2, worker: 1 },
  processTypes: { web: 'node web.js', worker: 'node worker.js' },
  configNames: ['GREETING'],
  declared: ['GREETING'],
};

const all = ({ time, people, tools }: Gap): readonly GapEntry[] => [...time, ...people, ...tools];

/** Subject and sentence of all that is not the same. */
function gaps(change: Partial<Deploy>): string[] {
  return all(gapBetween({ ...production, ...change, name: 'shop-staging' }, production))
    .filter(({ verdict }) => verdict !== 'same')
    .map(({ verdict, sentence }) => `${verdict} | ${sentence}`);
}

test('a deploy has no gap to its like, and each comparison says so', () => {
  assert.deepEqual(gaps({}), []);
  assert.deepEqual(
    all(gapBetween({ ...production, name: 'a' }, { ...production, name: 'b' })).map(
      ({ sentence }) => sentence,
    ),
    [
      'time from commit to deploy: 2 hours in both',
      'a and b both run 1a2b3c4',
      'who deploys: ada in both',
      'authors deploy what they wrote: yes in both',
      'builder node: 1 in both',
      'runtime node: 26.10.0 in both',
      'service DATABASE_URL: postgres 18 in both',
      'command of web: node web.js in both',
      'command of worker: node worker.js in both',
      'processes of web: 2 in both',
      'processes of worker: 1 in both',
    ],
  );
});

test('the gap of time: from commit to deploy, and between the commits', () => {
  assert.deepEqual(gaps({ revision: '99ffee0', committedAt: 172 * hour, deployedAt: 172 * hour + 90_000 }), [
    'differs | time from commit to deploy: 1 minute in shop-staging, 2 hours in shop',
    'differs | shop-staging runs 99ffee0, shop 1a2b3c4, committed 3 days earlier',
  ]);
  assert.deepEqual(gaps({ revision: 'no commit', committedAt: null }), [
    'only-right | time from commit to deploy: none in shop-staging, 2 hours in shop',
    'differs | shop-staging runs no commit, shop 1a2b3c4',
  ]);
});

test('the gap of people: others deploy than wrote it', () => {
  assert.deepEqual(gaps({ deployer: 'Bob <bob@example.org>' }), [
    'differs | who deploys: Bob <bob@example.org> in shop-staging, ada in shop',
    'differs | authors deploy what they wrote: no in shop-staging, yes in shop',
  ]);
  assert.deepEqual(gaps({ deployer: 'Ada <ada@example.org>' }), []);
});

test('the gap of tools: services by variable, runtimes, builder, commands, quantities', () => {
  assert.deepEqual(
    gaps({
      builder: { name: 'procfile', version: '1' },
      runtimes: [{ name: 'node', version: '24.1.0' }],
      services: [
        { kind: 'url', version: null, variable: 'DATABASE_URL' },
        { kind: 'redis', version: '8', variable: 'REDIS_URL' },
      ],
      processTypes: { web: 'node web.js --debug', worker: 'node worker.js' },
      formation: { web: 1, worker: 1 },
    }),
    [
      'only-right | builder node: none in shop-staging, 1 in shop',
      'only-left | builder procfile: 1 in shop-staging, none in shop',
      'differs | runtime node: 24.1.0 in shop-staging, 26.10.0 in shop',
      'differs | service DATABASE_URL: url in shop-staging, postgres 18 in shop',
      'only-left | service REDIS_URL: redis 8 in shop-staging, none in shop',
      'differs | command of web: node web.js --debug in shop-staging, node web.js in shop',
      'differs | processes of web: 1 in shop-staging, 2 in shop',
    ],
  );
});

test('a variable that one side lacks is a gap, the more so where it is declared', () => {
  assert.deepEqual(gaps({ configNames: ['DEBUG'] }), [
    'only-left | variable DEBUG is set in shop-staging and not in shop',
    'only-right | variable GREETING is set in shop and not in shop-staging, whose app.json declares it',
  ]);
});

test('names that objects inherit are ordinary names', () => {
  assert.deepEqual(gaps({ processTypes: { ...production.processTypes, constructor: 'node c.js' } }), [
    'only-left | command of constructor: node c.js in shop-staging, none in shop',
  ]);
});

test('a person is known by address, or by name where one has none', () => {
  assert.ok(isSamePerson('Ada Lovelace <ada@example.org>', 'Countess <ADA@example.org>'));
  assert.ok(isSamePerson('Ada Lovelace <ada@example.org>', 'ada lovelace'));
  assert.ok(isSamePerson('ada@example.org', 'ada'));
  assert.ok(!isSamePerson('ada@example.org', 'ada@example.com'));
  assert.ok(!isSamePerson('Ada <ada@example.org>', 'bob'));
});

test('a length of time is told in its largest unit', () => {
  assert.deepEqual([-1, 999, 1000, 119_000, 3 * hour, 24 * hour, 75 * hour].map(span), [
    '0 seconds',
    '0 seconds',
    '1 second',
    '1 minute',
    '3 hours',
    '1 day',
    '3 days',
  ]);
});

const word = fc.constantFrom('web', 'worker', 'A', 'B', 'constructor', '__proto__');
const names = fc.uniqueArray(word);
const version = fc.constantFrom('1', '2');
const record = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Readonly<Record<string, T>>> =>
  fc.dictionary(word, value, { noNullPrototype: false });
const person = fc.constantFrom('Ada <ada@x.org>', 'ada', 'Bob <bob@x.org>', 'bob@x.org');

const deploy = (name: string): fc.Arbitrary<Deploy> =>
  fc.record({
    name: fc.constant(name),
    revision: fc.constantFrom('aaaaaaa', 'bbbbbbb'),
    committedAt: fc.option(fc.nat(10 * hour)),
    deployedAt: fc.nat(20 * hour),
    authors: fc.uniqueArray(person),
    deployer: person,
    builder: fc.record({ name: word, version }),
    runtimes: fc.uniqueArray(fc.record({ name: word, version }), { selector: (runtime) => runtime.name }),
    services: fc.uniqueArray(fc.record({ kind: word, version: fc.option(version), variable: word }), {
      selector: ({ variable }) => variable,
    }),
    formation: record(fc.nat(3)),
    processTypes: record(version),
    configNames: names,
    declared: names,
  });

const mirrored = {
  same: 'same',
  differs: 'differs',
  'only-left': 'only-right',
  'only-right': 'only-left',
} as const;
const facts = (entries: readonly GapEntry[]) => entries.map(({ sentence: _, ...fact }) => fact);

test('seen from the other side it is the same gap, with the sides exchanged', () => {
  fc.assert(
    fc.property(deploy('one'), deploy('two'), (one, two) => {
      const there = gapBetween(one, two);
      const back = gapBetween(two, one);
      for (const part of ['time', 'people', 'tools'] as const) {
        assert.deepEqual(
          facts(back[part]),
          facts(there[part]).map(({ left, right, verdict, subject }) => ({
            subject,
            verdict: mirrored[verdict],
            left: right,
            right: left,
          })),
        );
      }
    }),
  );
});

test('a verdict is what its two sides say, and a sentence for a difference names both deploys', () => {
  fc.assert(
    fc.property(deploy('one'), deploy('two'), (one, two) => {
      for (const { verdict, left, right, sentence } of all(gapBetween(one, two))) {
        if (verdict === 'only-left') assert.ok(left !== null && right === null);
        if (verdict === 'only-right') assert.ok(left === null && right !== null);
        if (verdict === 'differs') assert.notEqual(left, right);
        if (verdict !== 'same') assert.match(sentence, /\bone\b.*\btwo\b|\btwo\b.*\bone\b/);
      }
    }),
  );
});

test('a deploy has no gap to itself', () => {
  fc.assert(
    fc.property(deploy('one'), (one) => {
      assert.ok(all(gapBetween(one, one)).every(({ verdict }) => verdict === 'same'));
    }),
  );
});
