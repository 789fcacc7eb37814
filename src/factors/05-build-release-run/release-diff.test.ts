import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Revision } from '../01-codebase/revision.ts';
import { diffReleases, isUnchanged, type ReleaseContent } from './release-diff.ts';
import type { SlugManifest } from './slug.ts';

interface Deployed extends ReleaseContent {
  readonly revision: Revision;
  readonly slug: SlugManifest;
}

const first: Deployed = {
  release: {
    appId: 'app',
    version: 1,
    buildId: 'build-1',
    slug: 'a'.repeat(64),
    configNames: ['GREETING', 'OLD'],
    attachments: [{ serviceId: 'db-1', variable: 'DATABASE_URL' }],
    actor: 'ada',
    description: 'Deploy 1a2b3c4',
    createdAt: 1,
    previousHash: null,
    hash: 'h'.repeat(64),
  },
  revision: {
    commit: '1a2b3c4d',
    branch: 'main',
    author: 'Ada',
    subject: 'Greet',
    committedAt: 1,
    roots: [],
    folder: '',
    worktree: null,
  },
  slug: {
    format: 1,
    layers: [],
    builder: { name: 'node', version: '1' },
    runtimes: [],
    processTypes: { web: 'node web.js', clock: 'node clock.js' },
    release: null,
    environment: {},
  },
  fingerprints: new Map([
    ['GREETING', 'hash-hello'],
    ['OLD', 'hash-old'],
  ]),
};

function next(
  change: Partial<ReleaseContent>,
  release: Partial<ReleaseContent['release']> = {},
): ReleaseContent {
  return { ...first, ...change, release: { ...first.release, version: 2, ...release } };
}

test('the first deploy is all new to a release that only had config', () => {
  const before: ReleaseContent = {
    ...first,
    release: { ...first.release, buildId: null, slug: null },
    revision: null,
    slug: null,
  };
  const diff = diffReleases(before, next({}));
  assert.deepEqual(diff.revisions, { from: null, to: first.revision });
  assert.deepEqual(
    diff.commands.added.map(({ type }) => type),
    ['clock', 'web'],
  );
  assert.equal(diff.build, 'other');
  assert.ok(isUnchanged(diffReleases(before, before)));
});

test('a release that carries the same is unchanged, also when it was built again', () => {
  for (const [buildId, build] of [
    ['build-1', 'same'],
    ['build-2', 'rebuilt'],
  ]) {
    const diff = diffReleases(first, next({}, { buildId: buildId ?? '' }));
    assert.deepEqual(diff, {
      from: 1,
      to: 2,
      revisions: null,
      build,
      config: { added: [], removed: [], changed: [] },
      services: { attached: [], detached: [], swapped: [] },
      commands: { added: [], removed: [], changed: [] },
    });
    assert.equal(isUnchanged(diff), true);
  }
});

test('config is told by name: added, removed, and changed by its hash', () => {
  const fingerprints = new Map([
    ['GREETING', 'hash-goodbye'],
    ['NEW', 'hash-new'],
    ['ANOTHER', 'hash-another'],
  ]);
  const diff = diffReleases(first, next({ fingerprints }));
  assert.deepEqual(diff.config, { added: ['ANOTHER', 'NEW'], removed: ['OLD'], changed: ['GREETING'] });
  assert.equal(isUnchanged(diff), false);
  assert.doesNotMatch(JSON.stringify(diff), /hash-/);
});

test('services are attached, detached, or swapped under their variable', () => {
  const attachments = [
    { serviceId: 'db-2', variable: 'DATABASE_URL' },
    { serviceId: 'cache', variable: 'REDIS_URL' },
  ];
  const second = next({}, { attachments });
  assert.deepEqual(diffReleases(first, second).services, {
    attached: [{ serviceId: 'cache', variable: 'REDIS_URL' }],
    detached: [],
    swapped: [{ variable: 'DATABASE_URL', from: 'db-1', to: 'db-2' }],
  });
  assert.deepEqual(diffReleases(second, first).services, {
    attached: [],
    detached: [{ serviceId: 'cache', variable: 'REDIS_URL' }],
    swapped: [{ variable: 'DATABASE_URL', from: 'db-2', to: 'db-1' }],
  });
});

test('another build shows its commits and its commands, the release phase among them', () => {
  const revision = { ...first.revision, commit: '99ffee00' };
  const slug = {
    ...first.slug,
    processTypes: { web: 'node web.js --new', worker: 'node worker.js' },
    release: 'node migrate.js',
  };
  const diff = diffReleases(first, next({ revision, slug }, { buildId: 'build-2', slug: 'b'.repeat(64) }));
  assert.equal(diff.build, 'other');
  assert.deepEqual(diff.revisions, { from: first.revision, to: revision });
  assert.deepEqual(diff.commands, {
    added: [
      { type: 'release', command: 'node migrate.js' },
      { type: 'worker', command: 'node worker.js' },
    ],
    removed: [{ type: 'clock', command: 'node clock.js' }],
    changed: [{ type: 'web', from: 'node web.js', to: 'node web.js --new' }],
  });
});

test('an uncommitted change is another revision of the same commit', () => {
  const revision = { ...first.revision, worktree: 'c'.repeat(64) };
  assert.deepEqual(diffReleases(first, next({ revision })).revisions, { from: first.revision, to: revision });
});

test('releases of two apps have no diff: their hashes have nothing to do with each other', () => {
  assert.throws(() => diffReleases(first, next({}, { appId: 'other' })), TypeError);
});

const name = fc.constantFrom('A', 'B', 'C', 'constructor', '__proto__');
const content = (version: number): fc.Arbitrary<Deployed> =>
  fc
    .record({
      fingerprints: fc.uniqueArray(fc.tuple(name, fc.constantFrom('x', 'y')), { selector: ([key]) => key }),
      attachments: fc.uniqueArray(fc.record({ serviceId: fc.constantFrom('s1', 's2'), variable: name }), {
        selector: ({ variable }) => variable,
      }),
      processTypes: fc.dictionary(name, fc.constantFrom('x', 'y')),
    })
    .map(({ fingerprints, attachments, processTypes }) => ({
      ...first,
      release: { ...first.release, version, attachments },
      slug: { ...first.slug, processTypes },
      fingerprints: new Map(fingerprints),
    }));

test('back is there, with added and removed exchanged', () => {
  fc.assert(
    fc.property(content(1), content(2), (one, two) => {
      const there = diffReleases(one, two);
      const back = diffReleases(two, one);
      assert.deepEqual(back.config, {
        added: there.config.removed,
        removed: there.config.added,
        changed: there.config.changed,
      });
      assert.deepEqual(back.services.attached, there.services.detached);
      assert.deepEqual(back.commands.added, there.commands.removed);
      assert.deepEqual(
        back.commands.changed,
        there.commands.changed.map(({ type, from, to }) => ({ type, from: to, to: from })),
      );
    }),
  );
});

test('the first release and the diff make the second', () => {
  fc.assert(
    fc.property(content(1), content(2), (one, two) => {
      const { commands, services, config } = diffReleases(one, two);
      const made = new Map(Object.entries(one.slug.processTypes));
      for (const { type } of commands.removed) made.delete(type);
      for (const { type, command } of commands.added) made.set(type, command);
      for (const { type, to } of commands.changed) made.set(type, to);
      assert.deepEqual(made, new Map(Object.entries(two.slug.processTypes)));

      const bound = new Map(one.release.attachments.map((each) => [each.variable, each.serviceId]));
      for (const { variable } of services.detached) bound.delete(variable);
      for (const { variable, serviceId } of services.attached) bound.set(variable, serviceId);
      for (const { variable, to } of services.swapped) bound.set(variable, to);
      assert.deepEqual(
        bound,
        new Map(two.release.attachments.map((each) => [each.variable, each.serviceId])),
      );

      const kept = [...one.fingerprints.keys()].filter((key) => !config.removed.includes(key));
      assert.deepEqual(new Set([...kept, ...config.added]), new Set(two.fingerprints.keys()));
    }),
  );
});
