/**
 * How source becomes a slug.
 *
 * Terms
 * - *root-shaped*: a folder that stands for `/`. A source lies in its `app`; so does what a layer holds.
 * - *layer*: a canonical tar of a root-shaped folder, in the artifact store under its digest.
 * - *step*: one command of a build in an isolation of its own: a root made of lower folders (read-only, top-most first) and an
 *   upper one that receives every write and is there afterwards.
 *
 * Lifecycle of a build
 *
 * ```
 * detect ──► build ──► BuildOutcome          its layers are in the store, nothing else of it is kept
 *              └─────► DozenError            nothing is kept but cached dependencies
 * ```
 *
 * Guarantees
 * 1. Same tree, same builder version, same settings: same slug, wherever it is built, as far as the app's own build script is
 *    deterministic.
 * 2. Nothing of the machine, of other apps or of the app's config is in a build: an empty home, the runtimes it declares and
 *    the operator's settings, that is all. The network is there to install, and only then.
 * 3. Dependencies are installed once for one set of manifests and lockfile; an unchanged set is a look-up.
 * 4. What is told of installed packages is told by the layer alone: the same slug, the same list.
 * 5. Every byte that a step prints reaches `onOutput`, in order.
 */
import type { Digest } from '../base/digest.ts';
import type { Runtime, SlugManifest } from '../factors/05-build-release-run/slug.ts';
import type { Exit } from '../factors/06-processes/process.ts';

export interface Builder {
  readonly name: string;
  /** Raised by every change of the builder that can change a slug. */
  readonly version: string;
  /** Whether this builder can build what lies in `source`, a root-shaped folder; looks only, runs nothing. */
  detect(source: string): Detection | null;
  /**
   * @throws BUILD_FAILED, BUILD_TIMEOUT, PROCFILE_MISSING, LOCKFILE_MISSING, LOCKFILE_STALE, DISK_FULL,
   * BUILD_OUT_OF_MEMORY, BUILD_OUT_OF_DISK and what reading the
   * app's manifests throws
   */
  build(request: BuildRequest): Promise<BuildOutcome>;
}

export interface Detection {
  /** What gave it away, e.g. `package.json`. */
  readonly reason: string;
}

export interface BuildRequest {
  /** Root-shaped, with the source in `app`, belonging to the host's user. The build writes into it. */
  readonly source: string;
  /** An empty folder on the same disk, for whatever the build needs. Both may be removed afterwards. */
  readonly workspace: string;
  readonly settings: BuildSettings;
  readonly onOutput: (chunk: Buffer) => void;
  readonly signal: AbortSignal;
}

export interface BuildOutcome {
  readonly slug: SlugManifest;
  /** Packages installed in the dependency layer; null where the builder installs none. */
  readonly packages: number | null;
  /** What is in the dependency layer, each version of a package once, in the order of names. */
  readonly installed: readonly InstalledPackage[];
  /** Whether the dependency layer was there already. */
  readonly reused: boolean;
  readonly warnings: readonly BuildWarning[];
}

export interface InstalledPackage {
  readonly name: string;
  /** Null where the package does not say. */
  readonly version: string | null;
  /** As the package says, in most cases an identifier or an expression of SPDX. */
  readonly licences: readonly string[];
}

export interface BuildWarning {
  readonly code: string;
  readonly message: string;
}

/** What the operator of the platform gives every build: how to reach package registries. See `settings.ts`. */
export interface BuildSettings {
  readonly env: Readonly<Record<string, string>>;
  /** Files of the machine that the build sees at the same path, such as a bundle of certificates. */
  readonly shown: readonly string[];
  /** Lines for the package managers' own configuration, such as a registry's token; null: none. */
  readonly npmrc: string | null;
  readonly memoryLimit: number;
  /** Bytes that lie where a step writes, whatever lay there before among them. */
  readonly diskLimit: number;
  /** Of one step. */
  readonly timeoutMs: number;
}

/** Runs the steps of builds. The engine's isolation stands behind it. */
export interface BuildHost {
  /** Who the steps run as, and to whom the folders given must belong; null: the caller. */
  readonly user: { readonly uid: number; readonly gid: number } | null;
  /** Resolves when no process of the step is left. Rejects when the signal aborts. */
  run(step: BuildStep): Promise<Exit>;
}

export interface BuildStep {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** All of the step's variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly network: boolean;
  /** Root-shaped folders of the machine, top-most first. */
  readonly lowers: readonly string[];
  /** Root-shaped. May hold files already: they lie over the lower ones. */
  readonly upper: string;
  /** Files of the machine, read-only at the same path. */
  readonly shown: readonly string[];
  /** Bytes. */
  readonly memoryLimit: number;
  /** Bytes that `upper` may hold. */
  readonly diskLimit: number;
  /** 0 to 19. */
  readonly nice: number;
  readonly onOutput: (chunk: Buffer) => void;
  readonly signal: AbortSignal;
}

/** The part of the store that builds need. */
export interface LayerStore {
  put(content: AsyncIterable<Uint8Array>): Promise<StoredLayer>;
  find(digest: Digest): Promise<StoredLayer | null>;
  /** The layer as a folder, belonging to the host's user. Nobody may write to it. */
  unpack(digest: Digest, signal: AbortSignal): Promise<string>;
}

export interface StoredLayer {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** Interpreters and tools as root-shaped folders. */
export interface Runtimes {
  /**
   * The runtime's folder, fetched first if it is not there.
   * @throws RUNTIME_UNKNOWN, RUNTIME_UNAVAILABLE, RUNTIME_CORRUPT
   */
  provide(runtime: Runtime, fetching: RuntimeFetch): Promise<string>;
}

export interface RuntimeFetch {
  readonly settings: BuildSettings;
  readonly onOutput: (chunk: Buffer) => void;
  readonly signal: AbortSignal;
  /** What the app says the package must be. */
  readonly digest?: PackageDigest;
}

export interface PackageDigest {
  /** As OpenSSL names it, e.g. `sha512`. */
  readonly algorithm: string;
  readonly hex: string;
}

/** What every builder is made with. */
export interface Workshop {
  readonly host: BuildHost;
  readonly layers: LayerStore;
  readonly runtimes: Runtimes;
  /** A folder kept between builds. */
  readonly cache: string;
}
