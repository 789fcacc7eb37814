/** What every verb is given: the contracts of the wings, wired by the composition root. */
import type { Clock } from '../base/clock.ts';
import type { Digest } from '../base/digest.ts';
import type { Engine } from '../engines/engine.ts';
import type { App } from '../factors/01-codebase/app.ts';
import type { Secret } from '../factors/03-config/secret.ts';
import type { SlugManifest } from '../factors/05-build-release-run/slug.ts';
import type { BuildEvent, DeployEvent } from '../factors/deploy-event.ts';
import type { ServiceProvider, VolumePlace } from '../services/provider.ts';
import type { Store } from '../store/store.ts';
import type { Turns } from './turns.ts';

export interface Platform {
  readonly store: Store;
  readonly engine: Engine;
  readonly builds: BuildRunner;
  readonly turns: Turns;
  /** Credentials that a session has for as long as it lasts: kept nowhere else. */
  readonly lent: Set<Secret>;
  readonly clock: Clock;
  /** By kind. */
  readonly providers: ReadonlyMap<string, ServiceProvider>;
  /** The hosts an app answers at. */
  hostsOf(appName: string): readonly string[];
  /** E.g. `http://shop.localhost:8080/`. */
  urlOf(host: string): string;
  /**
   * A free port of this machine, or `wanted`, the same for the holder as long as it holds it.
   * @throws PORTS_EXHAUSTED when `wanted` is held by another
   */
  portFor(holder: string, wanted?: number): number;
  /** Whether the platform could listen on it. */
  probePort(port: number): Promise<'free' | 'taken' | 'forbidden'>;
  /** Whether anything on this machine listens on it. */
  isListening(port: number): boolean;
  /** Bytes on disk of all that a service keeps. */
  sizeOf(serviceId: string): Promise<number>;
  /** Where a volume of a service's processes is. */
  volumeOf(serviceId: string, name: string): VolumePlace;
  /**
   * That every layer of a release's slug is there, which counts as a use: what was asked for is not removed for a while.
   * @throws ARTIFACT_COLLECTED
   */
  requireSlug(slug: SlugManifest, of: { readonly app: App; readonly version: number }): Promise<void>;
}

/** Runs each build in a process of its own. */
export interface BuildRunner {
  /** @throws what reading the source and building it throw */
  run(order: BuildOrder, signal: AbortSignal): Promise<Built>;
}

export interface BuildOrder {
  readonly appId: string;
  readonly source: Source;
  /** Told in order: `source` first, then `builder` once it is known who builds, and with it the build has begun. */
  readonly onEvent: (event: BuildEvent) => void;
}

/** Plain data: it travels to the process that builds. */
export type Source = FolderSource | PushSource | TarballSource;

/** A folder of this machine, at its commit or as it lies on disk. */
export interface FolderSource {
  readonly kind: 'folder';
  readonly folder: string;
  readonly from: 'commit' | 'worktree';
}

/** A commit in a bare repository of the platform's, which a push may have brought only into its quarantine yet. */
export interface PushSource {
  readonly kind: 'push';
  readonly repository: string;
  readonly quarantine: string | null;
  readonly commit: string;
  readonly branch: string;
}

/** A file that a client sent. */
export interface TarballSource {
  readonly kind: 'tarball';
  readonly file: string;
  /** The commit it says its files are based on. */
  readonly claimed: string | null;
  /** What its sender calls it. */
  readonly subject: string | null;
}

export interface Built {
  readonly slug: SlugManifest;
  readonly digest: Digest;
  /** Installed packages; null where the builder installs none. */
  readonly packages: number | null;
  /** Whether the dependency layer was there already. */
  readonly reused: boolean;
}

export type Tell = (event: DeployEvent) => void;
