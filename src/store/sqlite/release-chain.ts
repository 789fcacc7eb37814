/**
 * The hash chain of an app's releases.
 *
 * A release's hash is the SHA-256 of the canonical JSON of its record: everything that is stored of it, sealed values
 * as they are stored, the facts of its build, and the hash of the release before. What is stored later (events) is not
 * in it. The slug is in it by digest, which is checked against the manifest it names.
 */
import type { Digest } from '../../base/digest.ts';
import { canonicalJson } from '../../base/json.ts';
import type { Attachment } from '../../factors/04-backing-services/service.ts';
import type { Build } from '../../factors/05-build-release-run/build.ts';
import type { NewRelease } from '../store.ts';
import { findBuild } from './builds.ts';
import { contentDigest } from './content-digest.ts';
import type { Sealed } from './data-keys.ts';
import type { Ledger } from './ledger.ts';

export interface SealedVariable extends Sealed {
  readonly name: string;
}

/**
 * The form of the text that is hashed. A form is durable: a change of it would break every chain there is.
 *
 * - 1: every release of layout 1.
 * - 2: the build's actor is in it, and there may be no build.
 */
export type HashFormat = 1 | 2;

/** What is hashed. */
export interface ReleaseRecord extends NewRelease {
  readonly version: number;
  readonly format: HashFormat;
  readonly build: Build | null;
  readonly slug: Digest | null;
  /** Sorted by name. */
  readonly config: readonly SealedVariable[];
  /** Sorted by variable. */
  readonly attachments: readonly Attachment[];
  readonly createdAt: number;
  readonly previousHash: Digest | null;
}

export function releaseHash(record: ReleaseRecord): Digest {
  const { config, build, ...facts } = record;
  return contentDigest(
    canonicalJson({
      ...facts,
      build: build && buildFacts(build, facts.format),
      config: config.map(({ name, keyId, sealed }) => ({
        name,
        keyId,
        sealed: Buffer.from(sealed).toString('base64'),
      })),
    }),
  );
}

export interface BrokenLink {
  readonly version: number;
  readonly why: string;
}

/** The first release that is not as it was made; null when all are. */
export function verifyChain(ledger: Ledger, appId: string): BrokenLink | null {
  let previous: StoredRelease | null = null;
  for (const release of storedReleases(ledger, appId)) {
    const why = flawOf(ledger, release, previous);
    if (why !== null) return { version: (previous?.version ?? 0) + 1, why };
    previous = release;
  }
  return missingHead(ledger, appId, previous?.version ?? 0);
}

/** Named one by one, so that a member that builds gain later changes no hash. */
function buildFacts(build: Build, format: HashFormat) {
  const { id, appId, revision, builder, status, slug, slugSize, createdAt, finishedAt, actor } = build;
  const facts = { id, appId, revision, builder, status, slug, slugSize, createdAt, finishedAt };
  return format === 1 ? facts : { ...facts, actor };
}

interface StoredRelease extends NewRelease {
  readonly version: number;
  readonly format: HashFormat;
  readonly slug: Digest | null;
  readonly createdAt: number;
  readonly previousHash: Digest | null;
  readonly hash: Digest;
}

function storedReleases(ledger: Ledger, appId: string): StoredRelease[] {
  return ledger.db.all<StoredRelease>(
    `SELECT app_id AS appId, version, format, build_id AS buildId, slug, actor, description,
       created_at AS createdAt, previous_hash AS previousHash, hash
     FROM releases WHERE app_id = :appId ORDER BY version`,
    { appId },
  );
}

function flawOf(ledger: Ledger, release: StoredRelease, previous: StoredRelease | null): string | null {
  const expected = (previous?.version ?? 0) + 1;
  if (release.version !== expected) return 'it is missing, though later ones are there';
  if (release.previousHash !== (previous?.hash ?? null)) return 'it does not follow the release before it';
  if (releaseHash(recordOf(ledger, release)) !== release.hash) return 'what is stored of it was changed';
  if (release.slug !== null && !slugHolds(ledger, release.slug))
    return `the manifest of its slug ${release.slug} was changed`;
  return null;
}

function recordOf(ledger: Ledger, { hash: _, ...facts }: StoredRelease): ReleaseRecord {
  const key = { appId: facts.appId, version: facts.version };
  return {
    ...facts,
    build: facts.buildId === null ? null : findBuild(ledger, facts.buildId),
    config: ledger.db.all<SealedVariable>(
      `SELECT name, key_id AS keyId, sealed FROM release_config
       WHERE app_id = :appId AND version = :version ORDER BY name`,
      key,
    ),
    attachments: ledger.db.all<Attachment>(
      `SELECT service_id AS serviceId, variable FROM release_attachments
       WHERE app_id = :appId AND version = :version ORDER BY variable`,
      key,
    ),
  };
}

function slugHolds(ledger: Ledger, digest: Digest): boolean {
  const row = ledger.db.one<{ manifest: string }>('SELECT manifest FROM slugs WHERE digest = :digest', {
    digest,
  });
  return row !== null && contentDigest(row.manifest) === digest;
}

/** The newest release taken away leaves the chain whole, and its events behind. */
function missingHead(ledger: Ledger, appId: string, head: number): BrokenLink | null {
  const row = ledger.db.one('SELECT 1 FROM release_events WHERE app_id = :appId AND version > :head', {
    appId,
    head,
  });
  return row === null ? null : { version: head + 1, why: 'it is missing, though its events are there' };
}
