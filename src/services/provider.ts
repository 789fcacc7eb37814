/**
 * How a backing service of one kind comes to be, is bound to an app, and goes.
 *
 * Terms
 * - *state*: what a provider must remember of a service (passwords, its port). A secret, kept sealed by the platform and
 *   handed back with every call. `host.save` makes it durable before anything is done that needs it again. Of a service
 *   that somebody else runs (`url`) it is the URL: the platform saves what the person gave, then calls `create`, which
 *   refuses it or not. What was saved by whoever else is seen at once; change it without waiting between reading and saving.
 * - *credential*: the value of an attachment's variable, e.g. `postgres://…`. One for each attachment, so that one app can be
 *   cut off alone.
 * - *backup*: all data of a service at one moment, as one file that says what it is (see backup-file.ts). It holds no
 *   credential. Its digest tells damage, not who made it: restoring one is trusting it with the data of that service.
 *
 * Lifecycle
 *
 * ```
 * create ──► running ⇄ attach / rotate / detach ──► destroy
 *               ▲ └──── backup ───► file
 *               └────── restore ◄──── file
 *
 * rotate:  both credentials work ─► the caller replaces the processes ─► detach(old)
 * restore: read it all, its digest agrees ─► its data in a new folder, beside the old one ─► stop
 *          ─► save: the new folder is the service's ─► start, check ─► the old folder is removed
 * ```
 *
 * Who reads and writes files: a backup comes out of the running server, through the protocol that its replicas speak, so nobody
 * but the service reads its volume. A restore is written by the caller's process into a folder that no process of a service
 * can see, which is handed to the service's user and then moved into its volume as a whole (see data-folder.ts).
 *
 * Guarantees
 * 1. Every method may be called again after it was cut short at any moment, and then finishes the work. A credential that
 *    `attach` made and could not hand over is known to nobody, and `detachOthers` ends it.
 * 2. A managed service runs through the engine like any process: own user id, own volume, own stop policy, adopted after a crash.
 * 3. `attach` has returned: the credential works. `detach` has returned: it does not, its connections are ended, and what
 *    was made with it stays.
 * 4. A third party's service (`url`) has the same verbs; nothing of it is started, changed or destroyed. All of its
 *    attachments have the one credential, which only its operator can take back.
 * 5. `rotate` has returned: the new credential may do with everything that the old one made what the old one may.
 * 6. A backup is what was committed at one moment between the call and its end. The service answers meanwhile. Nobody holds a
 *    file for whole that was cut off: its end says its digest.
 * 7. `restore` that was refused, failed or was cut short at any moment leaves the data as it was or as it is in the backup, never a
 *    mixture; the single step between is `save`. Cut short around that step the service may be stopped: start its processes.
 *    The service's own credentials work afterwards, those of the backed-up service do not. What is committed to the old data while
 *    the backup is read is lost with it. The caller sees to it that one at a time is made for a service.
 * 8. No state and no credential is on a command line, in a log or in an error.
 */

import type { Writable } from 'node:stream';
import type { Digest } from '../base/digest.ts';
import type { DesiredType, OneOffSpec } from '../engines/engine.ts';
import type { Secret } from '../factors/03-config/secret.ts';
import type { Service } from '../factors/04-backing-services/service.ts';
import type { Exit } from '../factors/06-processes/process.ts';

export interface ServiceProvider {
  /** E.g. `postgres`. */
  readonly kind: string;
  /**
   * Major versions it can provide, newest first; empty when Dozen cannot know them.
   * @throws SERVICE_KIND_UNAVAILABLE when this machine lacks its program
   */
  readonly versions: readonly string[];
  /** E.g. `DATABASE_URL`. */
  readonly variable: string;
  /** Resolves when the service runs and answers. */
  create(service: Service, host: ServiceHost): Promise<void>;
  /** What must run for a service that was created; nothing for a third party's. Pure. */
  processes(service: Service, state: Secret): readonly DesiredType[];
  /** Variables of the service's own processes, by the revision its specs name. Pure. */
  environment(state: Secret, revision: number): Readonly<Record<string, string>>;
  /** @param name a label for people, e.g. the app's name. */
  attach(service: Service, host: ServiceHost, name: string): Promise<Secret>;
  /** A credential that does not work already, or never was one of the service's, is no error. */
  detach(service: Service, host: ServiceHost, credential: Secret): Promise<void>;
  /**
   * Detaches every credential but these: what somebody who was killed has left. The caller sees to it that none is being made
   * meanwhile.
   */
  detachOthers(service: Service, host: ServiceHost, kept: readonly Secret[]): Promise<void>;
  /**
   * A new credential for the attachment that has this one.
   * @throws SERVICE_CREDENTIAL_UNKNOWN when it is none of the service's, or was detached
   * @throws SERVICE_NOT_MANAGED for a third party's
   */
  rotate(service: Service, host: ServiceHost, credential: Secret): Promise<Secret>;
  /** Writes to `into` and ends it. @throws SERVICE_NOT_MANAGED for a third party's */
  backup(service: Service, host: ServiceHost, into: Writable): Promise<BackupFacts>;
  /**
   * Into the service it was made of, or another that was created, of its kind and major version.
   * @throws BACKUP_DAMAGED, BACKUP_KIND_OTHER; SERVICE_NOT_MANAGED for a third party's
   */
  restore(service: Service, host: ServiceHost, from: AsyncIterable<Uint8Array>): Promise<void>;
  /** Called before the platform stops its processes and removes its volumes. */
  destroy(service: Service, host: ServiceHost): Promise<void>;
  /**
   * Resolves when it answers, which may take until it has recovered from a crash; rejects with a coded error that says why it
   * does not. A process that listens need not answer yet.
   */
  check(service: Service, host: ServiceHost): Promise<void>;
}

export interface BackupFacts {
  /** Of the service, e.g. `postgres`. */
  readonly kind: string;
  /** Major version. */
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Bytes of the file. */
  readonly size: number;
  /** Of everything in the file before its last line. */
  readonly digest: Digest;
}

/** Where a volume lies on this machine, for its own processes' data alone. */
export interface VolumePlace {
  /** Made when it is not there. Its parent is the platform's: no process of a service can see or change it. */
  readonly folder: string;
  /** As whom the service's processes run; null when that is the caller. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

/** What the platform does for a provider. */
export interface ServiceHost {
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  now(): number;
  /** What was last saved; null before the first time. */
  readonly state: Secret | null;
  /** Durable when it resolves. */
  save(state: Secret): Promise<void>;
  /** A port of this machine that stays the service's own. */
  port(): number;
  /** Runs a process of the service to its end, with its output's last lines. */
  run(
    spec: Pick<OneOffSpec, 'process' | 'spec'>,
  ): Promise<{ readonly exit: Exit; readonly lastLines: readonly string[] }>;
  /**
   * Makes `types` what runs for the service and resolves when it is reached; rejects with the reason when it fails.
   * @throws SERVICE_PORT_TAKEN when another program listens on a port of theirs
   */
  start(types: readonly DesiredType[]): Promise<void>;
  /** Resolves when no process of the service runs. */
  stop(): Promise<void>;
  volume(name: string): VolumePlace;
}
