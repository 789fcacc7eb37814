import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type AppHistory,
  artifactCollected,
  cachedLayers,
  parseKeptBuilds,
  type RetentionFacts,
  retain,
} from './retention.ts';

const hour = 3_600_000;
const now = 1000 * hour;

/** A slug `s1` has the layers `s1-app` and `common`. */
function facts(change: Partial<RetentionFacts> & { readonly apps: readonly AppHistory[] }): RetentionFacts {
  const names = ['s1', 's2', 's3', 's4'];
  return {
    now,
    purgeCache: false,
    slugs: new Map(names.map((name) => [name, [`${name}-app`, 'common']])),
    inUse: new Set(),
    stored: [...names.map((name) => `${name}-app`), 'common'].map((digest) => ({ digest, usedAt: 0 })),
    ...change,
  };
}

/** Newest first: `s2 s1!` stands for s2, which succeeded, after s1, which failed. */
function app(releases: string, builds: AppHistory['builds'] = [], keptBuilds = 2): AppHistory {
  const status = (name: string) =>
    name.endsWith('!') ? 'failed' : name.endsWith('?') ? 'starting' : 'succeeded';
  return {
    keptBuilds,
    releases: releases
      .split(' ')
      .filter(Boolean)
      .map((name) => ({ slug: name.replace(/\W/, ''), status: status(name) })),
    builds,
  };
}

const drops = (change: Parameters<typeof facts>[0]): string => retain(facts(change)).drop.join(' ');

test('the last releases are kept, and what they share with those that are not', () => {
  assert.equal(drops({ apps: [app('s4 s3 s2 s1')] }), 's1-app s2-app');
  assert.equal(drops({ apps: [app('s4 s3 s2 s1', [], 3)] }), 's1-app');
});

test('releases of one build, as changes of config make them, push no other build out', () => {
  assert.equal(drops({ apps: [app('s4 s4 s4 s3 s2')] }), 's1-app s2-app');
});

test('the current release is kept, however many have failed since', () => {
  assert.equal(drops({ apps: [app('s4! s4! s3! s3! s1')] }), 's2-app s3-app');
});

test('a release that is on its way is kept', () => {
  assert.equal(drops({ apps: [app('s4 s4 s3? s2', [], 1)] }), 's1-app s2-app');
});

test('a build that may be released any moment is kept', () => {
  const built = { status: 'succeeded', slug: 's2', createdAt: 0 } as const;
  assert.equal(drops({ apps: [app('s4 s3', [built])] }), 's1-app');
});

test('what another app needs, and what runs, is kept', () => {
  assert.equal(drops({ apps: [app('s4'), app('s1')] }), 's2-app s3-app');
  assert.equal(drops({ apps: [app('s4')], inUse: new Set(['s1-app']) }), 's2-app s3-app');
});

test('what was used lately is kept: the more so since a build that is running began', () => {
  const stored = [10, 50, 90, 3000].map((minutes) => ({
    digest: `s${minutes}`,
    usedAt: now - minutes * 60_000,
  }));
  const slugs = new Map([['old', stored.map(({ digest }) => digest)]]);
  const running = { status: 'running', slug: null, createdAt: now - hour } as const;
  assert.equal(drops({ apps: [app('')], stored, slugs }), 's90 s3000');
  assert.equal(drops({ apps: [app('', [running])], stored, slugs }), 's3000');
});

test('what no slug names may be a tool of builds, and is kept for a week', () => {
  const stored = [2, 24 * 6, 24 * 8].map((hours) => ({ digest: `h${hours}`, usedAt: now - hours * hour }));
  assert.equal(drops({ apps: [app('s1')], stored }), 'h192');
});

test('a purge of the cache takes what no slug names, but for what a build that is running may have found', () => {
  const stored = [1, 30, 90].map((minutes) => ({
    digest: `m${minutes}`,
    usedAt: now - minutes * 60_000 - 1,
  }));
  const named = { digest: 's1-app', usedAt: now - 2 * 60_000 };
  const running = { status: 'running', slug: null, createdAt: now - hour } as const;
  const purge = (builds: AppHistory['builds']): string =>
    drops({ apps: [app('', builds)], stored: [...stored, named], purgeCache: true });
  assert.equal(purge([]), 'm1 m30 m90');
  assert.equal(purge([running]), 'm90');
  assert.deepEqual(cachedLayers(facts({ apps: [], stored: [...stored, named] })), ['m1', 'm30', 'm90']);
});

test('a number of builds to keep is read, or refused', () => {
  assert.deepEqual(['1', '250', '1000'].map(parseKeptBuilds), [1, 250, 1000]);
  for (const text of ['', '0', '-1', '1.5', 'many', '1001']) {
    assert.throws(() => parseKeptBuilds(text), {
      code: 'KEPT_BUILDS_INVALID',
      message: `Cannot keep "${text}" builds: not a number from 1 to 1000`,
    });
  }
});

test('a release whose build was removed says how to keep more', () => {
  const { message, hint } = artifactCollected(3, 10);
  assert.equal(message, 'Cannot run release 3: its build was removed, the last 10 are kept');
  assert.equal(hint, 'Deploy its commit again; dozen apps retention 20 keeps more from now on');
});

const slug = fc.constantFrom('s1', 's2', 's3', 's4');
const status = fc.constantFrom('pending', 'releasing', 'starting', 'succeeded', 'failed');
const history: fc.Arbitrary<AppHistory> = fc.record({
  keptBuilds: fc.integer({ min: 1, max: 4 }),
  releases: fc.array(fc.record({ slug, status }), { maxLength: 8 }),
  builds: fc.array(
    fc.oneof(
      fc.record({ status: fc.constant('succeeded'), slug, createdAt: fc.nat(now) }),
      fc.record({ status: fc.constant('running'), slug: fc.constant(null), createdAt: fc.nat(now) }),
    ),
    { maxLength: 3 },
  ),
});
const anyFacts = fc
  .record({
    apps: fc.array(history, { maxLength: 3 }),
    usedAt: fc.nat(now),
    inUse: fc.subarray(['s1-app', 'common']),
  })
  .map(({ apps, usedAt, inUse }) => {
    const base = facts({ apps });
    const stored = base.stored.map(({ digest }) => ({ digest, usedAt }));
    return { ...base, stored, inUse: new Set(inUse) };
  });

test('no layer goes that a kept slug or a process needs, and no slug of the last releases is not kept', () => {
  fc.assert(
    fc.property(anyFacts, (given) => {
      const { keep, drop } = retain(given);
      for (const { keptBuilds, releases } of given.apps) {
        for (const release of releases.slice(0, keptBuilds)) assert.ok(keep.has(release.slug));
        const current = releases.find((release) => release.status === 'succeeded');
        assert.ok(current === undefined || keep.has(current.slug));
      }
      const needed = [...keep].flatMap((each) => given.slugs.get(each) ?? []);
      for (const digest of drop) assert.ok(!needed.includes(digest) && !given.inUse.has(digest));
    }),
  );
});

test('more builds to keep never let more go', () => {
  fc.assert(
    fc.property(anyFacts, (given) => {
      const apps = given.apps.map((each) => ({ ...each, keptBuilds: each.keptBuilds + 1 }));
      const fewer = new Set(retain({ ...given, apps }).drop);
      const more = new Set(retain(given).drop);
      for (const digest of fewer) assert.ok(more.has(digest));
    }),
  );
});
