/** The shared steps of everything that gives an app a service's credential, or takes one back. */
import { asDozenError, fromShape } from '../base/error.ts';
import type { App } from '../factors/01-codebase/app.ts';
import type { Secret } from '../factors/03-config/secret.ts';
import type { Attachment, Service } from '../factors/04-backing-services/service.ts';
import type { ServiceHost, ServiceProvider } from '../services/provider.ts';
import type { Platform } from './platform.ts';
import { providerOf } from './provide-services.ts';
import type { Telling } from './rollout.ts';
import { hostOf } from './service-host.ts';

/** A service that runs, with what it takes to work on it. */
export interface Used {
  readonly service: Service;
  readonly provider: ServiceProvider;
  readonly host: ServiceHost;
}

/** Starts what should run of the service and resolves when it answers. @throws what its provider's `check` throws */
export async function useService(platform: Platform, service: Service, telling: Telling): Promise<Used> {
  const provider = providerOf(platform, service);
  const host = hostOf(platform, service, telling);
  const { state } = host;
  if (state === null) await provider.create(service, host);
  else {
    const types = provider.processes(service, state);
    if (types.length > 0) await host.start(types);
    await provider.check(service, host);
  }
  return { service, provider, host };
}

/** An attachment of an app with its credential. */
export interface Bound {
  readonly app: App;
  readonly attachment: Attachment;
  readonly credential: Secret;
}

/** What the app is attached to now. */
export function boundTo({ store }: Platform, app: App): readonly Bound[] {
  const values = store.variables(app.id);
  return store.attachments(app.id).flatMap((attachment) => {
    const credential = values.get(attachment.variable);
    return credential === undefined ? [] : [{ app, attachment, credential }];
  });
}

export interface Making {
  readonly make: () => Promise<Secret>;
  /** Makes it known, at once. */
  readonly keep: (credential: Secret) => void;
}

/** A credential, known as soon as it is made; when it cannot be, nobody has it. */
export function makeCredential(
  { turns }: Platform,
  { service, provider, host }: Used,
  { make, keep }: Making,
): Promise<Secret> {
  return turns.take(service, 'make a credential of it', async () => {
    const credential = await make();
    try {
      keep(credential);
    } catch (error) {
      await provider.detach(service, host, credential);
      throw error;
    }
    return credential;
  });
}

/** The same for an app that has none yet. */
export function attachCredential(
  platform: Platform,
  used: Used,
  { app, keep }: { readonly app: App; readonly keep: Making['keep'] },
): Promise<Secret> {
  const make = (): Promise<Secret> => used.provider.attach(used.service, used.host, app.name);
  return makeCredential(platform, used, { make, keep });
}

/** Once no process has it any more. */
export async function takeBack(platform: Platform, bound: Bound, telling: Telling): Promise<void> {
  const { app, attachment, credential } = bound;
  const service = platform.store.findService(attachment.serviceId);
  if (service === null) return;
  // Somebody else's: only its operator can.
  if (service.kind === 'url') return;
  const { variable } = attachment;
  try {
    const { provider, host } = await useService(platform, service, telling);
    await provider.detach(service, host, credential);
  } catch (error) {
    const left = `Everything else is done; the credential as ${variable} that ${app.name} has no more may still work`;
    throw fromShape({ ...asDozenError(error).toJSON(), left });
  }
  telling.tell({ kind: 'credential', state: 'gone', name: service.name, app: app.name, variable });
}

export function isSame(one: Attachment, other: Attachment): boolean {
  return one.serviceId === other.serviceId && one.variable === other.variable;
}
