/** Connections of the watched run. */
import type { ConnectFact, ConnectFacts } from '../../factors/04-backing-services/probe-connects.ts';
import { type Observation, seen } from '../../factors/law.ts';
import type { Instance, Lab } from '../lab/lab.ts';
import type { Trace } from '../lab/trace.ts';

export async function connections(lab: Lab): Promise<Observation<ConnectFacts>> {
  const { deploy, instances, release } = await lab.watched();
  return seen({
    attempts: [
      ...attemptsIn('release', release?.trace ?? [], []),
      ...instances.flatMap(({ instance }) => attemptsOf(instance)),
    ],
    values: Object.values(deploy.variables),
  });
}

/** What an instance asked for; what it listens at itself is marked as its own. */
export function attemptsOf(instance: Instance): readonly ConnectFact[] {
  const listening = instance.listeners().map(({ port }) => port);
  return attemptsIn(instance.name, instance.trace(), [instance.port, ...listening]);
}

function attemptsIn(process: string, trace: Trace, ports: readonly number[]): readonly ConnectFact[] {
  const bound = trace.filter((call) => call.kind === 'bind');
  const own = new Set([...ports, ...bound.map(({ port }) => port)].filter((port) => port !== 0));
  const sockets = new Set(bound.filter(({ port }) => port === 0).map(({ address }) => address));
  return trace.flatMap((call): readonly ConnectFact[] => {
    if (call.kind !== 'connect') return [];
    const { atMs, address, port } = call;
    const isOwn = port === 0 ? sockets.has(address) : isHere(address) && own.has(port);
    return [{ process, atMs, address, port, own: isOwn }];
  });
}

/** Loopback, or any address of the machine. */
function isHere(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '');
  return plain.startsWith('127.') || ['::1', '::', '0.0.0.0'].includes(plain);
}
