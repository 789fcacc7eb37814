/** What one release of an app carries otherwise than another. Told from names and keyed hashes: it never sees a value. */
import type { Revision } from '../01-codebase/revision.ts';
import type { Attachment } from '../04-backing-services/service.ts';
import type { Release } from './release.ts';
import type { SlugManifest } from './slug.ts';

/** A release and what belongs to it. */
export interface ReleaseContent {
  readonly release: Release;
  /** Of its build; null, as is the slug, for a release of before the first deploy. */
  readonly revision: Revision | null;
  readonly slug: SlugManifest | null;
  /** By variable of its config, a hash that is equal for equal values of one app. */
  readonly fingerprints: ReadonlyMap<string, string>;
}

export interface ReleaseDiff {
  /** Versions. */
  readonly from: number;
  readonly to: number;
  /** Null when both have the same. */
  readonly revisions: Change<Revision | null> | null;
  /** `rebuilt`: another build that came out the same. */
  readonly build: 'same' | 'rebuilt' | 'other';
  /** Names, sorted. */
  readonly config: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly changed: readonly string[];
  };
  /** Sorted by variable. */
  readonly services: {
    readonly attached: readonly Attachment[];
    readonly detached: readonly Attachment[];
    /** Another service under the same variable, by id. */
    readonly swapped: readonly (Change<string> & { readonly variable: string })[];
  };
  /** Process types and their commands, sorted; the release phase's command under `release`. */
  readonly commands: {
    readonly added: readonly Command[];
    readonly removed: readonly Command[];
    readonly changed: readonly (Change<string> & { readonly type: string })[];
  };
}

export interface Change<T> {
  readonly from: T;
  readonly to: T;
}

export interface Command {
  readonly type: string;
  readonly command: string;
}

/** Of two releases of one app, in either order. */
export function diffReleases(from: ReleaseContent, to: ReleaseContent): ReleaseDiff {
  if (from.release.appId !== to.release.appId) throw new TypeError('Cannot compare releases of two apps');
  const config = diffMaps(from.fingerprints, to.fingerprints);
  const services = diffMaps(servicesOf(from), servicesOf(to));
  const commands = diffMaps(commandsOf(from), commandsOf(to));
  return {
    from: from.release.version,
    to: to.release.version,
    revisions: isSameRevision(from.revision, to.revision) ? null : { from: from.revision, to: to.revision },
    build: buildChange(from.release, to.release),
    config: {
      added: config.added.map(([name]) => name),
      removed: config.removed.map(([name]) => name),
      changed: config.changed.map(([name]) => name),
    },
    services: {
      attached: services.added.map(attachment),
      detached: services.removed.map(attachment),
      swapped: services.changed.map(([variable, change]) => ({ variable, ...change })),
    },
    commands: {
      added: commands.added.map(command),
      removed: commands.removed.map(command),
      changed: commands.changed.map(([type, change]) => ({ type, ...change })),
    },
  };
}

export function isUnchanged({ revisions, build, config, services, commands }: ReleaseDiff): boolean {
  const lists = [config, services, commands].flatMap((section) => Object.values(section));
  return revisions === null && build !== 'other' && lists.every(({ length }) => length === 0);
}

function isSameRevision(a: Revision | null, b: Revision | null): boolean {
  if (a === null || b === null) return a === b;
  return a.commit === b.commit && a.worktree === b.worktree && a.folder === b.folder;
}

function buildChange(from: Release, to: Release): ReleaseDiff['build'] {
  if (from.buildId === to.buildId) return 'same';
  return from.slug === to.slug ? 'rebuilt' : 'other';
}

function servicesOf({ release }: ReleaseContent): ReadonlyMap<string, string> {
  return new Map(release.attachments.map(({ variable, serviceId }) => [variable, serviceId]));
}

/** A Procfile has no other type of that name. */
function commandsOf({ slug }: ReleaseContent): ReadonlyMap<string, string> {
  if (slug === null) return new Map();
  const { processTypes, release } = slug;
  const commands = new Map(Object.entries(processTypes));
  return release === null ? commands : commands.set('release', release);
}

type Entry<T> = readonly [key: string, value: T];

interface MapDiff {
  readonly added: readonly Entry<string>[];
  readonly removed: readonly Entry<string>[];
  readonly changed: readonly Entry<Change<string>>[];
}

function diffMaps(from: ReadonlyMap<string, string>, to: ReadonlyMap<string, string>): MapDiff {
  const missingIn = (other: ReadonlyMap<string, string>, [key]: Entry<string>): boolean => !other.has(key);
  return {
    added: sorted([...to].filter((entry) => missingIn(from, entry))),
    removed: sorted([...from].filter((entry) => missingIn(to, entry))),
    changed: sorted(
      [...from].flatMap(([key, before]): Entry<Change<string>>[] => {
        const after = to.get(key);
        return after === undefined || after === before ? [] : [[key, { from: before, to: after }]];
      }),
    ),
  };
}

function sorted<T>(entries: readonly Entry<T>[]): Entry<T>[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}

function attachment([variable, serviceId]: Entry<string>): Attachment {
  return { serviceId, variable };
}

function command([type, line]: Entry<string>): Command {
  return { type, command: line };
}
