import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { findBrokenLink, releaseContent, type StoredRelease } from './release-hash.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const first = {
  appId: 'app',
  version: 1,
  buildId: 'build',
  slug: 'a'.repeat(64),
  configNames: ['B', 'A'],
  attachments: [{ serviceId: 'service', variable: 'DATABASE_URL' }],
  actor: 'ada',
  description: 'Deploy 1a2b3c4',
  createdAt: 1_700_000_000_000,
  previousHash: null,
  sealedConfig: { B: 'sealed-b', A: 'sealed-a' },
} as const satisfies Omit<StoredRelease, 'hash'>;

function chain(length: number): StoredRelease[] {
  const releases: StoredRelease[] = [];
  for (let version = 1; version <= length; version += 1) {
    const previousHash = releases.at(-1)?.hash ?? null;
    const content = { ...first, version, previousHash, description: `Deploy ${version}` };
    releases.push({ ...content, hash: sha256(releaseContent(content)) });
  }
  return releases;
}

test('the content of a release is one text for ever', () => {
  assert.equal(
    releaseContent(first),
    '{"actor":"ada","appId":"app","attachments":[{"serviceId":"service","variable":"DATABASE_URL"}],' +
      '"buildId":"build","configNames":["B","A"],"createdAt":1700000000000,"description":"Deploy 1a2b3c4",' +
      `"format":1,"previousHash":null,"sealedConfig":{"A":"sealed-a","B":"sealed-b"},"slug":"${'a'.repeat(64)}","version":1}`,
  );
});

test('a release without a build says so in its content', () => {
  const unbuilt = releaseContent({ ...first, buildId: null, slug: null });
  assert.match(unbuilt, /"buildId":null,.*"slug":null,/);
});

test('members that a store adds at run time do not count', () => {
  assert.equal(releaseContent({ ...first, rowid: 7 } as typeof first), releaseContent(first));
});

test('a chain that nobody touched holds', () => {
  for (const length of [0, 1, 2, 20]) assert.equal(findBrokenLink(chain(length), sha256), null);
});

test('a release that is dropped is missed', () => {
  assert.deepEqual(findBrokenLink(chain(4).toSpliced(1, 1), sha256), {
    version: 3,
    why: 'release 2 is missing before it',
  });
  assert.deepEqual(findBrokenLink(chain(2).slice(1), sha256), {
    version: 2,
    why: 'release 1 is missing before it',
  });
});

test('a release that was changed and hashed again breaks the one after it', () => {
  const releases = chain(3);
  const forged = { ...(releases[1] as StoredRelease), actor: 'eve' };
  assert.deepEqual(
    findBrokenLink(releases.with(1, { ...forged, hash: sha256(releaseContent(forged)) }), sha256),
    {
      version: 3,
      why: 'it does not follow from release 2 as stored',
    },
  );
});

test('a release of another app is refused', () => {
  const releases = chain(2);
  const moved = { ...(releases[1] as StoredRelease), appId: 'other' };
  assert.deepEqual(findBrokenLink(releases.with(1, moved), sha256), {
    version: 2,
    why: 'it belongs to another app',
  });
});

const changes: fc.Arbitrary<(release: StoredRelease) => StoredRelease> = fc.oneof(
  fc
    .constantFrom('buildId', 'slug', 'actor', 'description', 'hash')
    .map((member) => (release: StoredRelease) => ({
      ...release,
      [member]: `${release[member as 'actor']}x`,
    })),
  fc.constant((release: StoredRelease) => ({ ...release, createdAt: release.createdAt + 1 })),
  fc.constant((release: StoredRelease) => ({ ...release, configNames: [...release.configNames].reverse() })),
  fc.constant((release: StoredRelease) => ({ ...release, attachments: [] })),
  fc.constant((release: StoredRelease) => ({ ...release, previousHash: 'b'.repeat(64) })),
  fc.constantFrom('A', 'C', '__proto__').map((name) => (release: StoredRelease) => ({
    ...release,
    sealedConfig: Object.fromEntries([...Object.entries(release.sealedConfig), [name, 'forged']]),
  })),
);

test('whatever is changed of whichever release, it is found there', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(), changes, (length, pick, change) => {
      const releases = chain(length);
      const index = pick % length;
      const broken = findBrokenLink(releases.with(index, change(releases[index] as StoredRelease)), sha256);
      assert.equal(broken?.version, index + 1);
    }),
  );
});
