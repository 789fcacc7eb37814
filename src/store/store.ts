/**
 * The ledger: what the platform knows, durable.
 *
 * Guarantees
 * 1. A method has returned: what it wrote is on disk (WAL, synchronous=FULL).
 * 2. A release is append-only. The database itself refuses UPDATE, DELETE and INSERT OR REPLACE of releases, release events
 *    and finished builds, whoever asks.
 * 3. Releases of an app form a hash chain over what is stored; `verify` walks it.
 * 4. Secrets (config values, service credentials) are sealed with AES-256-GCM under the owner's data key, which is wrapped
 *    by the master key; every record names its key. `destroyApp` deletes the data key; the ledger stays. A sealed value
 *    that was changed, or put in another's place, is refused: SEALED_RECORD_INVALID.
 * 5. A store written by a newer layout is refused. Migrations run only through `migrate`, an admin process.
 * 6. Several processes may open the same store; a writer waits up to 5 s for another.
 *
 * Every method is synchronous: SQLite answers in microseconds, and a caller that has returned has the fact on disk.
 * A method that throws has changed nothing. Besides what is said at each: one that needs an app or a service throws
 * APP_GONE or SERVICE_GONE when it was destroyed or never was, and any may throw STORE_FULL, STORE_BUSY, STORE_CORRUPT or
 * STORE_FAILED.
 */
import type { Digest } from '../base/digest.ts';
import type { App } from '../factors/01-codebase/app.ts';
import type { Revision } from '../factors/01-codebase/revision.ts';
import type { Config } from '../factors/03-config/config.ts';
import type { Secret } from '../factors/03-config/secret.ts';
import type { Attachment, Service } from '../factors/04-backing-services/service.ts';
import type { Build } from '../factors/05-build-release-run/build.ts';
import type { Release, ReleaseEvent, ReleaseStatus } from '../factors/05-build-release-run/release.ts';
import type { SlugManifest } from '../factors/05-build-release-run/slug.ts';
import type { Formation } from '../factors/08-concurrency/formation.ts';

export interface Store {
  // Apps
  /** @throws APP_NAME_TAKEN */
  createApp(name: string): App;
  /** By id or name. */
  findApp(idOrName: string): App | null;
  apps(): readonly App[];
  /**
   * Deletes the app's data key, config, formation and attachments; its releases stay, their values unreadable for ever.
   * Again for an app that was destroyed is no error.
   */
  destroyApp(appId: string): void;

  // Builds
  startBuild(build: { readonly appId: string; readonly revision: Revision; readonly builder: string }): Build;
  /**
   * @throws BUILD_FINISHED when it is not running, BUILD_GONE when there is none, SLUG_DIGEST_WRONG when `digest` is not
   *   that of the manifest
   */
  finishBuild(
    id: string,
    result: { readonly slug: SlugManifest; readonly digest: Digest } | { readonly failed: true },
  ): Build;
  findBuild(id: string): Build | null;
  /** Newest first. */
  builds(appId: string): readonly Build[];
  slug(digest: Digest): SlugManifest | null;

  // Config: what the next release will carry
  config(appId: string): Config;
  /** Sets and, with null, unsets. Makes no release. @throws VARIABLE_TAKEN when a service is attached as one of them */
  configure(appId: string, changes: ReadonlyMap<string, Secret | null>): void;

  // Services
  /** @throws SERVICE_NAME_TAKEN */
  createService(service: NewService): Service;
  findService(idOrName: string): Service | null;
  services(): readonly Service[];
  /** The provider's own notes on it, as it last saved them. */
  serviceState(serviceId: string): Secret | null;
  saveServiceState(serviceId: string, state: Secret): void;
  /** @throws SERVICE_ATTACHED while an app's current attachments name it */
  destroyService(serviceId: string): void;
  /** The app's current attachments: what the next release will carry. */
  attachments(appId: string): readonly Attachment[];
  /**
   * `credential` is the variable's value, for every release that names this service as this variable.
   * @throws VARIABLE_TAKEN when the variable is attached already, or the config sets it
   */
  attach(appId: string, attachment: Attachment, credential: Secret): void;
  /** The credential stays until the service is destroyed: processes of a release that names it may start again. */
  detach(appId: string, variable: string): void;

  // Releases
  /**
   * The app's current config and attachments with this build, as the next version. Its first event is `pending`.
   * @throws BUILD_NOT_RELEASABLE when the app has no such build, or it has not succeeded
   */
  createRelease(release: NewRelease): Release;
  findRelease(appId: string, version: number): Release | null;
  /** Newest first. */
  releases(appId: string): readonly Release[];
  /** The newest release whose last status is `succeeded`. */
  currentRelease(appId: string): Release | null;
  /**
   * A status may be said again, by a rollout that goes on after a restart.
   * @throws RELEASE_STATUS_REFUSED when it would take back a later one, or the release has ended
   */
  addReleaseEvent(appId: string, version: number, status: ReleaseStatus, reason: string | null): ReleaseEvent;
  releaseEvents(appId: string, version: number): readonly ReleaseEvent[];
  /**
   * The variables of a release's processes: its own config, and its attachments' credentials as they are now.
   * @throws SERVICE_GONE when an attached service was destroyed, RELEASE_GONE when there is no such release
   */
  environment(appId: string, version: number): Config;
  /** A keyed hash of what a release made now would carry (slug, config, attachments): equal means unchanged. */
  fingerprint(appId: string, slug: Digest): string;
  /** The same of a release that was made. */
  releaseFingerprint(appId: string, version: number): string;
  /** By variable of a release's config, a keyed hash: equal in two releases of an app means the value is. */
  configFingerprints(appId: string, version: number): ReadonlyMap<string, string>;
  /** Walks the chain. Null when it holds, else the first version that does not and why. */
  verify(appId: string): { readonly version: number; readonly why: string } | null;

  // Formation
  formation(appId: string): Formation;
  scale(appId: string, formation: Formation): void;

  /** Raises and returns the owner's generation number. */
  nextGeneration(ownerId: string): number;

  // Leases of this machine
  /** The owner's host user id, made on first use, from `range`, never given to another. @throws USER_IDS_EXHAUSTED */
  userId(ownerId: string, range: { readonly first: number; readonly last: number }): number;
  /**
   * A port for `holder`, the same while it holds it; one that was released is not given again for `coolDownMs`.
   * `isFree` is asked of each candidate while the store is locked: it answers at once and does not use the store.
   * @throws PORTS_EXHAUSTED
   */
  leasePort(holder: string, options: PortRange, isFree: (port: number) => boolean): number;
  releasePort(holder: string): void;
  portLeases(): readonly { readonly holder: string; readonly port: number }[];

  close(): void;
}

export interface NewService {
  readonly name: string;
  readonly kind: string;
  readonly version: string | null;
}

export interface NewRelease {
  readonly appId: string;
  readonly buildId: string;
  readonly actor: string;
  readonly description: string;
}

export interface PortRange {
  readonly first: number;
  readonly last: number;
  readonly coolDownMs: number;
}
