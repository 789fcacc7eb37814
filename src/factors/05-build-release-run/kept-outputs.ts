/**
 * Which outputs on the disk may go: those of builds and releases that are neither among the newest, as many as the app keeps
 * builds, nor can be released again; and the SBOM of a slug that no app keeps. What was written within the last hour stays, for the ledger
 * may not name it yet.
 */
import type { Digest } from '../../base/digest.ts';
import type { Build } from './build.ts';

export interface OutputFacts {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Of all apps that are not destroyed. */
  readonly apps: readonly OutputHistory[];
  /** Slugs, as `retain` says. */
  readonly keptSlugs: ReadonlySet<Digest>;
}

export interface OutputHistory {
  readonly keptBuilds: number;
  /** Newest first. */
  readonly builds: readonly Pick<Build, 'id' | 'slug' | 'status'>[];
  /** Ids of the outputs of its releases, newest first. */
  readonly releases: readonly string[];
}

export interface StoredOutput {
  readonly kind: 'build' | 'release' | 'sbom';
  readonly id: string;
  readonly writtenAt: number;
}

const writtenLatelyMs = 60 * 60 * 1000;

export function droppedOutputs<T extends StoredOutput>(
  stored: readonly T[],
  facts: OutputFacts,
): readonly T[] {
  const keep = {
    build: new Set(facts.apps.flatMap((app) => keptBuildOutputs(app, facts.keptSlugs))),
    release: new Set(facts.apps.flatMap(({ keptBuilds, releases }) => releases.slice(0, keptBuilds))),
    sbom: facts.keptSlugs,
  };
  return stored.filter(
    ({ kind, id, writtenAt }) => writtenAt < facts.now - writtenLatelyMs && !keep[kind].has(id),
  );
}

function keptBuildOutputs({ keptBuilds, builds }: OutputHistory, keptSlugs: ReadonlySet<Digest>): string[] {
  const isKept = ({ slug, status }: Pick<Build, 'slug' | 'status'>, at: number): boolean =>
    at < keptBuilds || status === 'running' || (slug !== null && keptSlugs.has(slug));
  return builds.filter(isKept).map(({ id }) => id);
}
