/**
 * The ledger: what the platform knows, durable.
 *
 * Guarantees
 * 1. A method has returned: what it wrote is on disk (WAL, synchronous=FULL).
 * 2. A release is append-only. The database itself refuses UPDATE, DELETE and INSERT OR REPLACE of releases, release events,
 *    finished builds and the audit, whoever asks.
 * 3. Releases of an app form a hash chain over what is stored; `verify` walks it.
 * 4. Secrets (config values, service credentials) are sealed with AES-256-GCM under the owner's data key, which is wrapped
 *    by the master key; every record names its key. `destroyApp` deletes the data key; the ledger stays. A sealed value
 *    that was changed, or put in another's place, is refused: SEALED_RECORD_INVALID.
 * 5. A store written by a newer layout is refused. Migrations run only through `migrate`, an admin process.
 * 6. Several processes may open the same store; a writer waits up to 5 s for another.
 * 7. A token is never here, only its SHA-256. An audit entry's detail is readable by whoever reads the store, for ever: whoever
 *    writes one puts names and numbers into it, never the value of a variable.
 *
 * Every method is synchronous: SQLite answers in microseconds, and a caller that has returned has the fact on disk.
 * A method that throws has changed nothing. Besides what is said at each: one that needs an app or a service throws
 * APP_GONE or SERVICE_GONE when it was destroyed or never was, and any may throw STORE_FULL, STORE_BUSY, STORE_CORRUPT or
 * STORE_FAILED.
 */
import type { Digest } from '../base/digest.ts';
import type { App } from '../factors/01-codebase/app.ts';
import type { AppSettings } from '../factors/01-codebase/app-settings.ts';
import type { Revision } from '../factors/01-codebase/revision.ts';
import type { Config } from '../factors/03-config/config.ts';
import type { Secret } from '../factors/03-config/secret.ts';
import type { Attachment, Service } from '../factors/04-backing-services/service.ts';
import type { Build } from '../factors/05-build-release-run/build.ts';
import type { Release, ReleaseEvent, ReleaseStatus } from '../factors/05-build-release-run/release.ts';
import type { SlugManifest } from '../factors/05-build-release-run/slug.ts';
import type { Domain } from '../factors/07-port-binding/domain.ts';
import type { Export } from '../factors/07-port-binding/export.ts';
import type { Formation } from '../factors/08-concurrency/formation.ts';
import type { Account, Authorization } from '../factors/account.ts';
import type { AuditEntry } from '../factors/audit.ts';
import type { ProcessSettings } from '../factors/process-settings.ts';
import type { PipelineStore } from './pipeline-store.ts';
import type { ScheduleStore } from './schedule-store.ts';

export interface Store extends PipelineStore, ScheduleStore {
  // Apps
  /** @throws APP_NAME_TAKEN */
  createApp(name: string): App;
  /** By id or name. */
  findApp(idOrName: string): App | null;
  apps(): readonly App[];
  appsPage(page: AppsPage): readonly App[];
  /** What lists of apps tell of each, read at once. */
  appSummary(appId: string): AppSummary;
  /** Its id, and all that goes by it, stays. @throws APP_NAME_TAKEN */
  renameApp(appId: string, name: string): App;
  appSettings(appId: string): AppSettings;
  /** Changes those that are given, which are in range, and returns all. */
  setAppSettings(appId: string, changes: Partial<AppSettings>): AppSettings;
  /**
   * Deletes the app's data key, config, settings, formation and attachments, and its domains, exports, coupling and schedules; its
   * releases, builds and audit stay, their values unreadable for ever.
   * Again for an app that was destroyed is no error.
   */
  destroyApp(appId: string): void;

  // Builds
  startBuild(build: NewBuild): Build;
  /**
   * `reason` is the code of the error it failed with.
   * @throws BUILD_FINISHED when it is not running, BUILD_GONE when there is none, SLUG_DIGEST_WRONG when `digest` is not
   *   that of the manifest
   */
  finishBuild(id: string, result: BuildResult): Build;
  findBuild(id: string): Build | null;
  /** Newest first. */
  builds(appId: string): readonly Build[];
  /** Of all apps: those that a process which was killed has not finished are among them. */
  unfinishedBuilds(): readonly Build[];
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
  /** Its id, and all that goes by it, stays. @throws SERVICE_NAME_TAKEN */
  renameService(serviceId: string, name: string): Service;
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
  /**
   * Puts the service in the place of the one that is attached as the variable, in one step.
   * @throws ATTACHMENT_UNKNOWN when none is
   */
  reattach(appId: string, attachment: Attachment, credential: Secret): void;
  /** The credential stays until the service is destroyed: processes of a release that names it may start again. */
  detach(appId: string, variable: string): void;
  /**
   * Puts `credential` in the place of the stored one, for every release that names this service as this variable. Makes no
   * release.
   * @throws ATTACHMENT_UNKNOWN when the service never was attached to the app as this variable
   */
  rotateCredential(appId: string, attachment: Attachment, credential: Secret): void;

  // Releases
  /**
   * The app's current config and attachments with this build, as the next version. Its first event is `pending`.
   * @throws BUILD_NOT_RELEASABLE when the app has no such build, it has not succeeded, or there is none though an earlier
   *   release has one
   */
  createRelease(release: NewRelease): Release;
  findRelease(appId: string, version: number): Release | null;
  /** Newest first. */
  releases(appId: string): readonly Release[];
  releasesPage(appId: string, page: ReleasesPage): readonly Release[];
  /** The newest release whose last status is `succeeded`. */
  currentRelease(appId: string): Release | null;
  /**
   * A status may be said again, by a rollout that goes on after a restart.
   * @throws RELEASE_STATUS_REFUSED when it would take back a later one, or the release has ended
   */
  addReleaseEvent(appId: string, version: number, status: ReleaseStatus, reason: string | null): ReleaseEvent;
  releaseEvents(appId: string, version: number): readonly ReleaseEvent[];
  /** The last status of each release, by version. */
  statuses(appId: string): ReadonlyMap<number, ReleaseStatus>;
  /**
   * The variables of a release's processes: its own config, and its attachments' credentials as they are now.
   * @throws SERVICE_GONE when an attached service was destroyed, RELEASE_GONE when there is no such release
   */
  environment(appId: string, version: number): Config;
  /** The config and the credentials of current attachments: what the processes of a release made now would see. @throws SERVICE_GONE */
  variables(appId: string): Config;
  /** A release's own config alone. @throws RELEASE_GONE */
  releaseConfig(appId: string, version: number): Config;
  /**
   * Makes the config and the attachments of a release the app's current ones, as a rollback does before it releases. The
   * credentials stay as they are now. Changes all of it or nothing.
   * @throws SERVICE_GONE when one of its services was destroyed, RELEASE_GONE when there is no such release
   */
  restoreRelease(appId: string, version: number): void;
  /** A keyed hash of what a release made now would carry (slug, config, attachments): equal means unchanged. */
  fingerprint(appId: string, slug: Digest | null): string;
  /** The same of a release that was made. */
  releaseFingerprint(appId: string, version: number): string;
  /** A keyed hash of the credentials of a release's attachments as they are now; null when it has none. @throws SERVICE_GONE */
  credentialsFingerprint(appId: string, version: number): string | null;
  /** By variable of a release's config, a keyed hash: equal in two releases of an app means the value is. */
  configFingerprints(appId: string, version: number): ReadonlyMap<string, string>;
  /** Walks the chain. Null when it holds, else the first version that does not and why. */
  verify(appId: string): { readonly version: number; readonly why: string } | null;

  // Formation
  formation(appId: string): Formation;
  scale(appId: string, formation: Formation): void;
  /** By process type: what was set by command. */
  processSettings(appId: string): ReadonlyMap<string, ProcessSettings>;
  /** Replaces those of the type as a whole; null takes them back. */
  setProcessSettings(appId: string, processType: string, settings: ProcessSettings | null): void;

  // How an app is reached
  /** `hostname` as `parseHostname` gives it. @throws DOMAIN_TAKEN whichever app has it */
  addDomain(appId: string, hostname: string): Domain;
  /** @throws DOMAIN_UNKNOWN when the app has no such domain */
  removeDomain(appId: string, hostnameOrId: string): void;
  /** Of all apps or of one, sorted by hostname. */
  domains(appId?: string): readonly Domain[];
  /** @throws EXPORT_EXISTS when the process type is exported, EXPORT_PORT_TAKEN when another export has the port */
  addExport(wanted: NewExport): Export;
  /** @throws EXPORT_UNKNOWN */
  removeExport(appId: string, processType: string): void;
  /** Of all apps or of one, sorted by port. */
  exports(appId?: string): readonly Export[];

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

  // Accounts and what their tokens may do
  /** @throws ACCOUNT_TAKEN when another account has the address, however it is cased */
  createAccount(account: NewAccount): Account;
  /** By id or address. */
  findAccount(idOrEmail: string): Account | null;
  /** Sorted by address. */
  accounts(): readonly Account[];
  /** `tokenDigest` was never given before. @throws ACCOUNT_UNKNOWN */
  createAuthorization(authorization: NewAuthorization): Authorization;
  /** Null when it was revoked or has expired. */
  findAuthorizationByDigest(digest: Digest): Authorization | null;
  /** Newest first; expired ones too, revoked ones not. */
  authorizations(accountId: string): readonly Authorization[];
  /** Null when it was revoked. */
  findAuthorization(id: string): Authorization | null;
  /** Again is no error. @throws AUTHORIZATION_UNKNOWN when it never was */
  revokeAuthorization(id: string): void;
  /** Says that it was used, to the minute. Nothing for one that was revoked or never was. */
  touchAuthorization(id: string): void;

  // Audit
  addAudit(entry: NewAuditEntry): void;
  /** Newest first; of one app where `appId` is given. */
  audit(wanted: { readonly appId?: string; readonly limit: number }): readonly AuditEntry[];

  close(): void;
}

export interface AppsPage {
  readonly by: 'id' | 'name';
  /** Where the page begins: at this value, or `behind` it; null: at the list's begin. */
  readonly from: { readonly value: string; readonly behind: boolean } | null;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
}

export interface AppSummary {
  readonly maintenance: boolean;
  /** When its current release was made; null when there is none. */
  readonly releasedAt: number | null;
  /** Of the current release's build. */
  readonly slugSize: number | null;
}

export interface NewService {
  readonly name: string;
  readonly kind: string;
  readonly version: string | null;
}

export interface NewRelease {
  readonly appId: string;
  /** Null while no release of the app has one. */
  readonly buildId: string | null;
  readonly actor: string;
  readonly description: string;
}

/** `from` is the first version of the page; without it the page begins at the oldest (`asc`) or newest (`desc`). */
export interface ReleasesPage {
  readonly from?: number;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
}

export type NewExport = Omit<Export, 'createdAt'>;

export interface NewBuild {
  readonly appId: string;
  readonly revision: Revision;
  readonly builder: string;
  readonly actor: string | null;
}

export type BuildResult =
  | { readonly slug: SlugManifest; readonly digest: Digest }
  | { readonly failed: true; readonly reason: string };

export type NewAccount = Pick<Account, 'email' | 'name'>;

export interface NewAuthorization extends Omit<Authorization, 'id' | 'createdAt' | 'lastUsedAt'> {
  /** The SHA-256 of the token. */
  readonly tokenDigest: Digest;
}

export type NewAuditEntry = Omit<AuditEntry, 'sequence' | 'at'>;

export interface PortRange {
  readonly first: number;
  readonly last: number;
  readonly coolDownMs: number;
}
