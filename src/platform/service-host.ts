/** The platform's half of a provider's work. */
import { platformError, userError } from '../base/error.ts';
import type { DesiredType, Rollout } from '../engines/engine.ts';
import type { Secret } from '../factors/03-config/secret.ts';
import type { Service } from '../factors/04-backing-services/service.ts';
import { defaultStopPolicy } from '../factors/09-disposability/stop-policy.ts';
import type { ServiceHost } from '../services/provider.ts';
import { ownerOf } from './desired.ts';
import { tellLastLines } from './last-lines.ts';
import type { Platform } from './platform.ts';
import type { Telling } from './rollout.ts';

export function hostOf(platform: Platform, service: Service, telling: Telling): ServiceHost {
  const { store, engine } = platform;
  const { signal } = telling;
  const owner = ownerOf(service, 'service');
  return {
    signal,
    now: () => platform.clock.now(),
    get state(): Secret | null {
      return store.serviceState(service.id);
    },
    save: async (saved) => store.saveServiceState(service.id, saved),
    port: () => platform.portFor(`service:${service.id}`),
    volume: (name) => platform.volumeOf(service.id, name),
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
    start: (types) => start({ platform, service, telling }, types),
    async stop() {
      const outcome = await apply({ platform, service, telling }, []);
      if (outcome?.state !== 'settled') throw notReached(service, { what: 'stop', outcome });
    },
  };
}

interface Host {
  readonly platform: Platform;
  readonly service: Service;
  readonly telling: Telling;
}

async function start(host: Host, types: readonly DesiredType[]): Promise<void> {
  const { platform, service, telling } = host;
  await refuseTakenPorts(host, types);
  const since = platform.clock.now();
  const outcome = await apply(host, types);
  if (outcome?.state === 'settled') return;
  await tellLastLines(platform, { ownerId: service.id, since, tell: telling.tell });
  await refuseTakenPorts(host, types);
  throw notReached(service, { what: 'start', outcome });
}

async function apply(
  { platform: { store, engine }, service, telling }: Host,
  types: readonly DesiredType[],
): Promise<Rollout | null> {
  const generation = store.nextGeneration(service.id);
  const owner = ownerOf(service, 'service');
  await engine.apply({ owner, generation, release: null, hosts: [], types });
  return engine.settled(service.id, telling.signal);
}

/**
 * Asked before, because a service that ran once is started again for ever, and after it failed. A process of ours that is starting
 * may hold its port already; one that has crashed and is starting again is what a taken port looks like.
 */
async function refuseTakenPorts({ platform, service }: Host, types: readonly DesiredType[]): Promise<void> {
  const ours = (await platform.engine.processes(service.id)).filter(
    ({ state, crashes }) => state !== 'gone' && (state !== 'starting' || crashes === 0),
  );
  for (const { spec } of types) {
    const { port } = spec;
    if (typeof port !== 'number' || !platform.isListening(port) || ours.some((one) => one.port === port))
      continue;
    throw userError(
      'SERVICE_PORT_TAKEN',
      `Cannot start ${service.name}: another program listens on its port ${port}`,
      { hint: `End it (ss -ltnp 'sport = :${port}' names it), then deploy again` },
    );
  }
}

function notReached(
  { name }: Service,
  { what, outcome }: { readonly what: 'start' | 'stop'; readonly outcome: Rollout | null },
): Error {
  const reason = outcome?.reason?.message ?? 'the engine knows nothing of it';
  return what === 'start'
    ? platformError('SERVICE_NOT_STARTED', `Cannot start ${name}: ${reason}`, {
        hint: 'Look at its last lines above, mend what they say and deploy again',
      })
    : platformError('SERVICE_NOT_STOPPED', `Cannot stop ${name}: ${reason}`, {
        hint: 'Try again; its last lines are in the log',
      });
}
