/**
 * How a backing service of one kind comes to be, is bound to an app, and goes.
 *
 * Terms
 * - *state*: what a provider must remember of a service (passwords, its port). A secret, kept sealed by the platform and
 *   handed back with every call. `host.save` makes it durable before anything is done that needs it again. Of a service
 *   that somebody else runs (`url`) it is the URL: the platform saves what the person gave, then calls `create`, which
 *   refuses it or not.
 * - *credential*: the value of an attachment's variable, e.g. `postgres://…`. One for each attachment, so that one app can be
 *   cut off alone.
 *
 * Lifecycle
 *
 * ```
 * create ──► running ⇄ attach / detach ──► destroy
 * ```
 *
 * Guarantees
 * 1. Every method may be called again after it was cut short at any moment, and then finishes the work. A credential that
 *    `attach` made and could not hand over is known to nobody.
 * 2. A managed service runs through the engine like any process: own user id, own volume, own stop policy, adopted after a crash.
 * 3. `attach` has returned: the credential works. `detach` has returned: it does not, its connections are ended, and what
 *    was made with it stays.
 * 4. A third party's service (`url`) has the same verbs; nothing of it is started, changed or destroyed. All of its
 *    attachments have the one credential, which only its operator can take back.
 * 5. No state and no credential is on a command line, in a log or in an error.
 */

import type { DesiredType, OneOffSpec } from '../engines/engine.ts';
import type { Secret } from '../factors/03-config/secret.ts';
import type { Service } from '../factors/04-backing-services/service.ts';
import type { Exit } from '../factors/06-processes/process.ts';

export interface ServiceProvider {
  /** E.g. `postgres`. */
  readonly kind: string;
  /** Major versions it can provide, newest first; empty when Dozen cannot know them. */
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
  /** Called before the platform stops its processes and removes its volumes. */
  destroy(service: Service, host: ServiceHost): Promise<void>;
  /**
   * Resolves when it answers, which may take until it has recovered from a crash; rejects with a coded error that says why it
   * does not. A process that listens need not answer yet.
   */
  check(service: Service, host: ServiceHost): Promise<void>;
}

/** What the platform does for a provider. */
export interface ServiceHost {
  readonly signal: AbortSignal;
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
  /** Makes `types` what runs for the service and resolves when it is reached; rejects with the reason when it fails. */
  start(types: readonly DesiredType[]): Promise<void>;
}
