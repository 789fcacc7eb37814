/** Gives an app the backing services it declares: creates what is missing, attaches what is not attached, starts all of them. */
import { platformError, userError } from '../base/error.ts';
import type { App } from '../factors/01-codebase/app.ts';
import type { Secret } from '../factors/03-config/secret.ts';
import type { Service, ServiceNeed } from '../factors/04-backing-services/service.ts';
import { defaultStopPolicy } from '../factors/09-disposability/stop-policy.ts';
import type { ServiceHost, ServiceProvider } from '../services/provider.ts';
import { ownerOf } from './desired.ts';
import { tellLastLines } from './last-lines.ts';
import type { Platform } from './platform.ts';
import type { Telling } from './rollout.ts';

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
  const { store, clock } = platform;
  const started = clock.monotonic();
  const provider = providerOf(platform, need);
  const name = `${app.name}-${need.variable.toLowerCase().replace(/_url$/, '').replaceAll('_', '-')}`;
  const version = need.version ?? provider.versions[0] ?? null;
  const service = store.findService(name) ?? store.createService({ name, kind: provider.kind, version });
  const host = hostOf(platform, service, telling);
  await provider.create(service, host);
  const credential = await provider.attach(service, host, app.name);
  store.attach(app.id, { serviceId: service.id, variable: need.variable }, credential);
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

function providerOf(
  { providers }: Platform,
  { kind, version }: Pick<ServiceNeed, 'kind' | 'version'>,
): ServiceProvider {
  const provider = providers.get(kind);
  if (provider === undefined) {
    throw userError(
      'SERVICE_KIND_UNKNOWN',
      `Cannot provide ${JSON.stringify(kind)}: no provider of this platform has it`,
      {
        hint: `Use one of ${[...providers.keys()].join(', ')} in app.json, or set its variable by hand to a service of your own`,
      },
    );
  }
  if (version === null || provider.versions.length === 0 || provider.versions.includes(version))
    return provider;
  throw userError(
    'SERVICE_VERSION_UNKNOWN',
    `Cannot provide ${kind} ${version}: this platform has ${provider.versions.join(', ')}`,
    {
      hint: `Ask for "${kind}:${provider.versions[0]}" in app.json`,
    },
  );
}

/** The platform's half of a provider's work. */
export function hostOf(platform: Platform, service: Service, { tell, signal }: Telling): ServiceHost {
  const { store, engine, clock } = platform;
  const owner = ownerOf(service, 'service');
  let state = store.serviceState(service.id);
  return {
    signal,
    get state(): Secret | null {
      return state;
    },
    async save(saved) {
      store.saveServiceState(service.id, saved);
      state = saved;
    },
    port: () => platform.portFor(`service:${service.id}`),
    async run({ process, spec }) {
      const run = await engine.runOneOff(
        {
          owner,
          release: null,
          process,
          spec,
          stop: defaultStopPolicy,
          timeoutMs: 10 * 60_000,
          input: 'none',
          variables: {},
          detached: false,
        },
        signal,
      );
      const lastLines: string[] = [];
      for await (const { text } of run.lines) if (lastLines.push(text) > 50) lastLines.shift();
      return { exit: await run.ended, lastLines };
    },
    async start(types) {
      const generation = store.nextGeneration(service.id);
      const since = clock.now();
      await engine.apply({ owner, generation, release: null, hosts: [], types });
      const outcome = await engine.settled(service.id, signal);
      if (outcome?.state === 'settled') return;
      await tellLastLines(platform, { ownerId: service.id, since, tell });
      const reason = outcome?.reason?.message ?? 'the engine knows nothing of it';
      throw platformError('SERVICE_NOT_STARTED', `Cannot start ${service.name}: ${reason}`, {
        hint: 'Look at its last lines above, mend what they say and deploy again',
      });
    },
  };
}
