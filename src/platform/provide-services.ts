/** Gives an app the backing services it declares: creates what is missing, attaches what is not attached, starts all of them. */
import { userError } from '../base/error.ts';
import type { App } from '../factors/01-codebase/app.ts';
import type { ServiceNeed } from '../factors/04-backing-services/service.ts';
import type { ServiceProvider } from '../services/provider.ts';
import type { Platform } from './platform.ts';
import type { Telling } from './rollout.ts';
import { hostOf } from './service-host.ts';

export async function provideServices(
  platform: Platform,
  { app, needs }: { readonly app: App; readonly needs: readonly ServiceNeed[] },
  telling: Telling,
): Promise<void> {
  const attached = platform.store.attachments(app.id);
  for (const { serviceId } of attached) await runAttached(platform, { app, serviceId }, telling);
  for (const need of needs) {
    if (!isProvided(platform, { app, need })) await provide(platform, { app, need }, telling);
  }
}

/** Attached already, or set by hand to somebody else's service. */
function isProvided({ store }: Platform, { app, need }: Need): boolean {
  return (
    store.attachments(app.id).some(({ variable }) => variable === need.variable) ||
    store.config(app.id).has(need.variable)
  );
}

interface Need {
  readonly app: App;
  readonly need: ServiceNeed;
}

async function provide(platform: Platform, { app, need }: Need, telling: Telling): Promise<void> {
  const { store, clock, turns } = platform;
  const started = clock.monotonic();
  const provider = providerOf(platform, need);
  const name = `${app.name}-${need.variable.toLowerCase().replace(/_url$/, '').replaceAll('_', '-')}`;
  const version = need.version ?? provider.versions[0] ?? null;
  const service = store.findService(name) ?? store.createService({ name, kind: provider.kind, version });
  const host = hostOf(platform, service, telling);
  await provider.create(service, host);
  await turns.take(service, 'make a credential of it', async () => {
    const credential = await provider.attach(service, host, app.name);
    store.attach(app.id, { serviceId: service.id, variable: need.variable }, credential);
  });
  const facts = { name, service: service.kind, version: service.version, variable: need.variable };
  telling.tell({ kind: 'service', ...facts, created: true, ms: clock.monotonic() - started });
}

async function runAttached(
  platform: Platform,
  { app, serviceId }: { readonly app: App; readonly serviceId: string },
  telling: Telling,
): Promise<void> {
  const { store, clock } = platform;
  const started = clock.monotonic();
  const service = store.findService(serviceId);
  const attachment = store.attachments(app.id).find((one) => one.serviceId === serviceId);
  if (service === null || attachment === undefined) return;
  const provider = providerOf(platform, service);
  const state = store.serviceState(service.id);
  const host = hostOf(platform, service, telling);
  if (state !== null) await host.start(provider.processes(service, state));
  await provider.check(service, host);
  const facts = {
    name: service.name,
    service: service.kind,
    version: service.version,
    variable: attachment.variable,
  };
  telling.tell({ kind: 'service', ...facts, created: false, ms: clock.monotonic() - started });
}

/** @throws SERVICE_KIND_UNKNOWN, SERVICE_VERSION_UNKNOWN */
export function providerOf(
  { providers }: Pick<Platform, 'providers'>,
  { kind, version }: Pick<ServiceNeed, 'kind' | 'version'>,
): ServiceProvider {
  const provider = providers.get(kind);
  if (provider === undefined) {
    throw userError(
      'SERVICE_KIND_UNKNOWN',
      `Cannot provide ${JSON.stringify(kind)}: no provider of this platform has it`,
      {
        hint: `Use one of ${[...providers.keys()].join(', ')}, or set its variable by hand to a service of your own`,
      },
    );
  }
  if (version === null || provider.versions.length === 0 || provider.versions.includes(version))
    return provider;
  throw userError(
    'SERVICE_VERSION_UNKNOWN',
    `Cannot provide ${kind} ${version}: this platform has ${provider.versions.join(', ')}`,
    {
      hint: `Ask for ${kind}:${provider.versions[0]}`,
    },
  );
}
