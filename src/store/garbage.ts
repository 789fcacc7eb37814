/**
 * Removes what room 05's `retain` lets go, while deploys run. One process does it, and one call at a time.
 *
 * ```
 * ask the ledger ─► set one layer aside ─► ask the ledger again ─► remove it, or put it back
 * ```
 * Whoever comes to need a layer says so before using it: a release is in the ledger before its layers are looked for, and a
 * build looks for a layer with `find`, which counts as a use. So what was needed before it went aside is put back, and what
 * is needed afterwards is seen to be missing. A collector that is killed in between leaves a layer aside, and `sweep`
 * puts it back. An unpacked layer goes before its artifact, from which it can be unpacked again.
 */
import type { Clock } from '../base/clock.ts';
import type { Digest } from '../base/digest.ts';
import {
  type AppHistory,
  artifactCollected,
  type Retention,
  type RetentionFacts,
  retain,
} from '../factors/05-build-release-run/retention.ts';
import type { SlugManifest } from '../factors/05-build-release-run/slug.ts';
import type { Artifacts } from './artifacts.ts';
import type { Layers } from './layers.ts';
import type { Store } from './store.ts';

export interface Collecting {
  readonly store: Pick<Store, 'apps' | 'appSettings' | 'builds' | 'releases' | 'statuses' | 'slug'>;
  readonly artifacts: Artifacts;
  readonly layers: Layers;
  readonly clock: Pick<Clock, 'now'>;
  /** Whether the cache of builds goes as well. */
  readonly purgeCache: boolean;
  /** Layers of every process that runs or is to run, one-offs among them. */
  readonly inUse: () => Promise<ReadonlySet<Digest>>;
  readonly signal: AbortSignal;
}

/** The layers that were removed. */
export async function collectGarbage(collecting: Collecting): Promise<readonly Digest[]> {
  const removed: Digest[] = [];
  for (const digest of retain(await askAll(collecting)).drop) {
    if (collecting.signal.aborted) break;
    if (await collect(digest, collecting)) removed.push(digest);
  }
  return removed;
}

/** What it would keep and remove now. */
export async function collectable(collecting: Collecting): Promise<Retention> {
  return retain(await askAll(collecting));
}

/** The ledger and the disk, as they are now. */
export async function askAll(collecting: Collecting): Promise<RetentionFacts> {
  const { artifacts, layers } = collecting;
  const used = new Map((await artifacts.list()).map(({ digest, usedAt }) => [digest, usedAt]));
  // One that is unpacked and has no artifact is what a collector has left that was killed.
  const stored = new Set([...used.keys(), ...(await layers.list())]);
  return {
    ...(await askLedger(collecting)),
    stored: [...stored].map((digest) => ({ digest, usedAt: used.get(digest) ?? 0 })),
  };
}

/**
 * That every layer of a release is there, to be asked when the release is in the ledger and before it is rolled out.
 * @throws ARTIFACT_COLLECTED
 */
export async function requireArtifacts(
  artifacts: Artifacts,
  slug: SlugManifest,
  { version, keptBuilds }: { readonly version: number; readonly keptBuilds: number },
): Promise<void> {
  const found = await Promise.all(slug.layers.map(({ digest }) => artifacts.find(digest)));
  if (found.includes(null)) throw artifactCollected(version, keptBuilds);
}

async function collect(digest: Digest, collecting: Collecting): Promise<boolean> {
  const { artifacts, layers } = collecting;
  const isWanted = async (usedAt: number): Promise<boolean> => {
    const stored = [{ digest, usedAt }];
    return retain({ ...(await askLedger(collecting)), stored }).drop.length === 0;
  };
  const isStillWanted = async (): Promise<boolean> => isWanted((await artifacts.usedAt(digest)) ?? 0);
  // Asked here as well, so that hardly anything is out of reach for the moment that asking takes.
  if (await isStillWanted()) return false;
  const unpacked = await layers.collect(digest, isStillWanted);
  const packed = await artifacts.collect(digest, isWanted);
  return packed || (unpacked && (await artifacts.usedAt(digest)) === null);
}

async function askLedger({
  store,
  clock,
  purgeCache,
  inUse,
}: Collecting): Promise<Omit<RetentionFacts, 'stored'>> {
  const used = await inUse();
  const apps = store.apps().map(({ id }) => historyOf(store, id));
  const slugs = new Map<Digest, readonly Digest[]>();
  for (const { builds } of apps) {
    for (const { slug } of builds)
      if (slug !== null && !slugs.has(slug)) slugs.set(slug, layersOf(store, slug));
  }
  return { now: clock.now(), purgeCache, apps, slugs, inUse: used };
}

function historyOf(store: Collecting['store'], appId: string): AppHistory {
  const statuses = store.statuses(appId);
  const releases = store
    .releases(appId)
    .flatMap(({ slug, version }) =>
      slug === null ? [] : [{ slug, status: statuses.get(version) ?? 'pending' }],
    );
  return { keptBuilds: store.appSettings(appId).keptBuilds, releases, builds: store.builds(appId) };
}

function layersOf(store: Collecting['store'], digest: Digest): readonly Digest[] {
  return store.slug(digest)?.layers.map((layer) => layer.digest) ?? [];
}
