/**
 * The chain that makes the ledger of releases tamper-evident.
 *
 * ```
 * release 1 ──hash──► previousHash of release 2 ──hash──► previousHash of release 3 …
 * ```
 * A release's hash covers everything that is stored of it, values in their sealed form, and the hash before it: whoever
 * changes, drops, adds or reorders a release must change every later one. It does not protect against one who can write
 * the whole chain anew or cut off its end; for that the newest hash has to be kept elsewhere.
 */
import type { Digest } from '../../base/digest.ts';
import { canonicalJson } from '../../base/json.ts';
import type { Release } from './release.ts';

/** A release as it lies in the store. */
export interface StoredRelease extends Release {
  /** Config values by name, encrypted, as text. */
  readonly sealedConfig: Readonly<Record<string, string>>;
}

/** SHA-256 of UTF-8 text, passed in: the law computes nothing that needs a library of the machine. */
export type Hash = (text: string) => Digest;

/**
 * The text whose hash is the release's. Its members are named one by one: what else an object carries at run time does
 * not count, and a member that the type gains does not compile until it is named here, under a new `format`.
 */
export function releaseContent(release: Omit<StoredRelease, 'hash'>): string {
  const content: Omit<StoredRelease, 'hash'> = {
    appId: release.appId,
    version: release.version,
    buildId: release.buildId,
    slug: release.slug,
    configNames: release.configNames,
    attachments: release.attachments.map(({ serviceId, variable }) => ({ serviceId, variable })),
    actor: release.actor,
    description: release.description,
    createdAt: release.createdAt,
    previousHash: release.previousHash,
    sealedConfig: release.sealedConfig,
  };
  return canonicalJson({ format: 1, ...content });
}

export interface BrokenLink {
  readonly version: number;
  readonly why: string;
}

/** The first release of an app's chain that does not hold, oldest first; null when all do. */
export function findBrokenLink(releases: readonly StoredRelease[], hash: Hash): BrokenLink | null {
  let before: StoredRelease | null = null;
  for (const release of releases) {
    const why = faultOf(release, { before, hash });
    if (why !== null) return { version: release.version, why };
    before = release;
  }
  return null;
}

function faultOf(
  release: StoredRelease,
  { before, hash }: { readonly before: StoredRelease | null; readonly hash: Hash },
): string | null {
  const expected = (before?.version ?? 0) + 1;
  if (release.version !== expected) return `release ${expected} is missing before it`;
  if (before !== null && release.appId !== before.appId) return 'it belongs to another app';
  if (release.previousHash !== (before?.hash ?? null)) {
    return `it does not follow from release ${expected - 1} as stored`;
  }
  return hash(releaseContent(release)) === release.hash ? null : 'its content differs from its hash';
}
