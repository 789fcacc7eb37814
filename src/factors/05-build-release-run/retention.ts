/**
 * Which layers on the disk may go.
 *
 * ```
 * kept slugs of an app    the current release's ─ those of the last N releases ─ of the last N slugs that were current
 *                         a release's that is on its way ─ the newest build's, which may be released any moment
 * kept layers             those of kept slugs of any app ─ what runs ─ what was used lately
 * ```
 * Lately is since an hour before now, or before the oldest build that is running began: what a build has made or found
 * is not named by any slug yet. What no slug names at all, such as tools that builds need, is the cache of builds: it may lie
 * unused for a week, or for a minute when it is being purged.
 */
import type { Digest } from '../../base/digest.ts';
import { type DozenError, userError } from '../../base/error.ts';
import { keptBuildsRange } from '../01-codebase/app-settings.ts';
import type { Build } from './build.ts';
import type { ReleaseStatus } from './release.ts';

export interface RetentionFacts {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly purgeCache: boolean;
  /** Of all apps that are not destroyed. */
  readonly apps: readonly AppHistory[];
  /** Layers by slug, of every slug that the apps' builds made. */
  readonly slugs: ReadonlyMap<Digest, readonly Digest[]>;
  /** Layers of processes that run or are to run. */
  readonly inUse: ReadonlySet<Digest>;
  readonly stored: readonly StoredLayer[];
}

export interface AppHistory {
  /** How many of its builds can be released again. */
  readonly keptBuilds: number;
  /** Newest first. */
  readonly releases: readonly { readonly slug: Digest; readonly status: ReleaseStatus }[];
  /** Newest first. */
  readonly builds: readonly Pick<Build, 'status' | 'slug' | 'createdAt'>[];
}

export interface StoredLayer {
  readonly digest: Digest;
  /** When it was last made, or found by a build. */
  readonly usedAt: number;
}

export interface Retention {
  /** Slugs. */
  readonly keep: ReadonlySet<Digest>;
  /** Layers. */
  readonly drop: readonly Digest[];
}

const usedLatelyMs = 60 * 60 * 1000;
const cachedForMs = 7 * 24 * 60 * 60 * 1000;
const purgedAfterMs = 60 * 1000;

export function retain(facts: RetentionFacts): Retention {
  const keep = new Set(facts.apps.flatMap(keptSlugs));
  const named = namedLayers(facts);
  const needed = new Set([...facts.slugs].flatMap(([slug, layers]) => (keep.has(slug) ? layers : [])));
  const begun = lookBack(facts);
  const lately = begun - usedLatelyMs;
  const cached = facts.purgeCache ? begun - purgedAfterMs : Math.min(lately, facts.now - cachedForMs);
  const mayGo = ({ digest, usedAt }: StoredLayer): boolean => {
    if (needed.has(digest) || facts.inUse.has(digest)) return false;
    return usedAt < (named.has(digest) ? lately : cached);
  };
  return { keep, drop: facts.stored.filter(mayGo).map(({ digest }) => digest) };
}

/** The layers that only builds use. */
export function cachedLayers(facts: Pick<RetentionFacts, 'slugs' | 'stored'>): readonly Digest[] {
  const named = namedLayers(facts);
  return facts.stored.map(({ digest }) => digest).filter((digest) => !named.has(digest));
}

function namedLayers({ slugs }: Pick<RetentionFacts, 'slugs'>): ReadonlySet<Digest> {
  return new Set([...slugs.values()].flat());
}

function keptSlugs({ keptBuilds, releases, builds }: AppHistory): Digest[] {
  const current = releases.find(({ status }) => status === 'succeeded');
  const ran = releases.filter(({ status }) => status === 'succeeded').map(({ slug }) => slug);
  const onTheirWay = releases.filter(({ status }) => status !== 'succeeded' && status !== 'failed');
  const newest = builds.find(({ status }) => status === 'succeeded')?.slug;
  return [
    ...(current === undefined ? [] : [current.slug]),
    ...releases.slice(0, keptBuilds).map(({ slug }) => slug),
    ...[...new Set(ran)].slice(0, keptBuilds),
    ...onTheirWay.map(({ slug }) => slug),
    ...(newest == null ? [] : [newest]),
  ];
}

/** When the oldest build that is running began; now when none is. */
function lookBack({ now, apps }: RetentionFacts): number {
  const running = apps.flatMap(({ builds }) => builds.filter(({ status }) => status === 'running'));
  return Math.min(now, ...running.map(({ createdAt }) => createdAt));
}

/** That a release has nothing left to run from. */
export function artifactCollected(version: number, keptBuilds: number): DozenError {
  return userError(
    'ARTIFACT_COLLECTED',
    `Cannot run release ${version}: its build was removed, the last ${keptBuilds} are kept`,
    {
      hint: `Deploy its commit again; dozen apps retention ${Math.min(keptBuilds * 2, keptBuildsRange.max)} keeps more from now on`,
    },
  );
}

/** How many builds of an app are to be kept. @throws KEPT_BUILDS_INVALID */
export function parseKeptBuilds(text: string): number {
  const { min, max } = keptBuildsRange;
  const number = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw userError(
    'KEPT_BUILDS_INVALID',
    `Cannot keep ${JSON.stringify(text.slice(0, 80))} builds: not a number from ${min} to ${max}`,
    { hint: 'Give a number, for example 10' },
  );
}
