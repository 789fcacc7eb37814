/** Removes what nobody needs any more: layers and outputs of builds, on command and some time after each deploy. */
import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Digest } from '../base/digest.ts';
import { asDozenError } from '../base/error.ts';
import { droppedOutputs } from '../factors/05-build-release-run/kept-outputs.ts';
import { cachedLayers } from '../factors/05-build-release-run/retention.ts';
import type { SlugManifest } from '../factors/05-build-release-run/slug.ts';
import type { Platform } from '../platform/platform.ts';
import type { Artifacts } from '../store/artifacts.ts';
import { askAll, type Collecting, collectable, collectGarbage } from '../store/garbage.ts';
import { homeFolder } from '../store/home.ts';
import type { Layers } from '../store/layers.ts';
import type { KeptOutput, Outputs } from '../store/outputs.ts';
import { tell } from './leash.ts';
import { releaseOutputId } from './output-recorder.ts';

export interface Housekeeping {
  /** What went; with `dryRun`, what would go now. */
  prune(wish: { readonly dryRun: boolean }): Promise<Pruned>;
  /** What builds keep for the next ones. */
  cache(): Promise<CacheSize>;
  /** What went of it. What a build of this minute uses stays. */
  purgeCache(): Promise<CacheSize>;
  /** Whether every layer of the slug is there. To ask is no use of it. */
  hasAll(slug: SlugManifest): Promise<boolean>;
  /** Prunes in a moment, unless it is asked to again by then. */
  soon(): void;
  /** Resolves when nothing is under way any more. */
  close(): Promise<void>;
}

export interface CacheSize {
  readonly layers: number;
  /** Of the layers as archives. */
  readonly bytes: number;
}

export interface Pruned extends CacheSize {
  readonly outputs: number;
}

export interface HousekeepingOptions {
  readonly home: string;
  readonly platform: Pick<Platform, 'store' | 'engine' | 'clock'>;
  readonly artifacts: Artifacts;
  readonly layers: Layers;
  readonly outputs: Outputs;
}

const quietMs = 5_000;

export function openHousekeeping(options: HousekeepingOptions): Housekeeping {
  const { artifacts, platform, home } = options;
  const closing = new AbortController();
  const collecting = (purgeCache: boolean): Collecting => ({
    ...options,
    store: platform.store,
    clock: platform.clock,
    purgeCache,
    inUse: () => layersInUse(platform),
    signal: closing.signal,
  });
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other: each asks what the one before has left. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work, work);
    last = result.catch(() => undefined);
    return result;
  };
  const prune = async (dryRun: boolean): Promise<Pruned> => {
    const sizes = await sizesOf(artifacts);
    const gone = await outputsToGo(options, collecting(false));
    const { drop } = await collectable(collecting(false));
    const removed = dryRun ? drop : await collectGarbage(collecting(false));
    if (!dryRun) for (const { kind, id } of gone) await options.outputs.remove(kind, id);
    const outputBytes = gone.reduce((sum, { bytes }) => sum + bytes, 0);
    const { layers, bytes } = sizeOf(removed, sizes);
    return { layers, outputs: gone.length, bytes: bytes + outputBytes };
  };
  let quiet = new AbortController();
  return {
    prune: ({ dryRun }) => inTurn(() => prune(dryRun)),
    cache: () =>
      inTurn(async () => sizeOf(cachedLayers(await askAll(collecting(true))), await sizesOf(artifacts))),
    purgeCache: () =>
      inTurn(async () => {
        const sizes = await sizesOf(artifacts);
        await forgetDependencies(home);
        const before = new Set(cachedLayers(await askAll(collecting(true))));
        const removed = await collectGarbage(collecting(true));
        return sizeOf(
          removed.filter((digest) => before.has(digest)),
          sizes,
        );
      }),
    async hasAll(slug) {
      const used = await Promise.all(slug.layers.map(({ digest }) => artifacts.usedAt(digest)));
      return !used.includes(null);
    },
    soon() {
      quiet.abort();
      quiet = new AbortController();
      const signal = AbortSignal.any([quiet.signal, closing.signal]);
      void soon(() => inTurn(() => prune(false)), { clock: platform.clock, signal });
    },
    async close() {
      closing.abort();
      await last;
    },
  };
}

/** Nobody waits for it: what goes wrong is said where the platform speaks for itself. */
async function soon(
  prune: () => Promise<Pruned>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  try {
    await clock.sleep(quietMs, signal);
    const pruned = await prune();
    if (pruned.layers + pruned.outputs > 0) tell('control', { event: 'pruned', ...pruned });
  } catch (error) {
    if (!signal.aborted) tell('control', { event: 'not-pruned', error: asDozenError(error) });
  }
}

async function sizesOf(artifacts: Artifacts): Promise<ReadonlyMap<Digest, number>> {
  return new Map((await artifacts.list()).map(({ digest, size }) => [digest, size]));
}

function sizeOf(digests: readonly Digest[], sizes: ReadonlyMap<Digest, number>): CacheSize {
  return {
    layers: digests.length,
    bytes: digests.reduce((sum, digest) => sum + (sizes.get(digest) ?? 0), 0),
  };
}

/** A process says its release, and a release its slug. Those that are to run are of releases that are kept. */
async function layersInUse({
  store,
  engine,
}: Pick<Platform, 'store' | 'engine'>): Promise<ReadonlySet<Digest>> {
  const views = await engine.processes();
  const slugs = views.map(({ owner, release }) =>
    owner.kind === 'app' && release !== null ? (store.findRelease(owner.id, release)?.slug ?? null) : null,
  );
  const manifests = [...new Set(slugs)].map((slug) => (slug === null ? null : store.slug(slug)));
  return new Set(manifests.flatMap((slug) => slug?.layers.map(({ digest }) => digest) ?? []));
}

async function outputsToGo(
  { outputs, platform: { store, clock } }: HousekeepingOptions,
  collecting: Collecting,
): Promise<readonly KeptOutput[]> {
  const stored = await outputs.list();
  const { keep } = await collectable(collecting);
  const apps = store.apps().map(({ id }) => ({
    keptBuilds: store.appSettings(id).keptBuilds,
    builds: store.builds(id),
    releases: store.releases(id).map(({ version }) => releaseOutputId(id, version)),
  }));
  return droppedOutputs(stored, { now: clock.now(), apps, keptSlugs: keep });
}

/** Without these records the next build of an app installs its dependencies anew. */
async function forgetDependencies(home: string): Promise<void> {
  const folder = path.join(homeFolder(home, 'cache'), 'dependencies');
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder))
    if (name.endsWith('.json')) await rm(path.join(folder, name), { force: true });
}
