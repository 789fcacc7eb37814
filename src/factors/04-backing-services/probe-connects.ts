/** Whether an app goes only to services that its variables name. */
import { broken, type Evidence, holds, type Probe, some } from '../law.ts';

/** Connections that the watched processes asked the kernel for. */
export interface ConnectFacts {
  readonly attempts: readonly ConnectFact[];
  /** Values of all variables. */
  readonly values: readonly string[];
}

export interface ConnectFact {
  readonly process: string;
  readonly atMs: number;
  /** An address of the network, or where a unix socket lies. */
  readonly address: string;
  /** 0: a unix socket, or a question of the way to an address. */
  readonly port: number;
  /** Whether what is there belongs to the same instance: its PORT, or what it listens at by itself. */
  readonly own: boolean;
}

/** What a value of a variable names. */
export interface Place {
  readonly host: string;
  /** Null: any. */
  readonly port: number | null;
}

export const connectsOnlyWhereTold: Probe<ConnectFacts> = {
  id: 'backing-services/connects-only-where-its-variables-say',
  statement: 'Connects to nothing that its variables do not name',
  method: 'run',
  why: 'A service whose address stands elsewhere than in the config cannot be replaced without a change of code.',
  source: 'https://12factor.net/backing-services',
  how: 'Every connection that the release phase and one process of each type ask for is recorded, and looked for in the values of the variables.',
  blind:
    'Of a name that is looked up only the question is seen, not the name: it counts as explained when any variable holds a name of a host. A library that looks up the name of its own machine is taken for one that looks for a service. What is sent without connecting is not seen.',
  mend: 'Read the address of every service from a variable',
  fixes: {
    javascript:
      'const { hostname, port } = new URL(process.env.STATSD_URL);\nconst socket = connect(Number(port), hostname);',
    python: "url = urlsplit(os.environ['STATSD_URL'])\nclient = StatsClient(url.hostname, url.port)",
    ruby: "url = URI(ENV.fetch('STATSD_URL'))\nclient = Statsd.new(url.host, url.port)",
  },
  judge: ({ attempts, values }) => {
    const named = placesIn(values);
    const foreign = attempts.filter((each) => isForeign(each) && !isNamed(each, { named, values }));
    const evidence = firstOfEach(foreign).map(eventOf);
    if (some(evidence)) {
      const places = [...new Set(foreign.map(placeOf))];
      return broken(`It reaches for ${places.join(', ')}, which no variable names`, evidence);
    }
    const explained = firstOfEach(attempts.filter(isForeign));
    if (explained.length === 0) return holds('It asked for no connection to anything but itself');
    return holds(
      `Every connection that it asked for goes where a variable says: ${[...new Set(explained.map(placeOf))].join(', ')}`,
      explained.map(eventOf),
    );
  },
};

export const probes = [connectsOnlyWhereTold];

const dnsPort = 53;
/** How a machine's library looks up names and users. */
const nameServices = /^\/(var\/)?run\/(nscd|systemd|avahi-daemon|dbus|sssd)\/|^\/var\/lib\/sss\//;
/** Of the instance's own, between its walls. */
const ownFolders = /^\/(app|tmp|dev\/shm|var\/tmp)\//;
const defaultPorts: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'ws:': 80,
  'wss:': 443,
  'ftp:': 21,
  'postgres:': 5432,
  'postgresql:': 5432,
  'mysql:': 3306,
  'mariadb:': 3306,
  'redis:': 6379,
  'rediss:': 6379,
  'amqp:': 5672,
  'amqps:': 5671,
  'mongodb:': 27017,
  'nats:': 4222,
  'memcached:': 11211,
  'smtp:': 25,
  'smtps:': 465,
};

/** Hosts, with their ports, in addresses and `host:port` lists. */
export function placesIn(values: readonly string[]): readonly Place[] {
  return values.flatMap((value) => value.split(/[\s,;]+/).flatMap(placeIn));
}

function placeIn(text: string): readonly Place[] {
  if (text.includes('://')) {
    if (!URL.canParse(text)) return [];
    const { protocol, hostname, port } = new URL(text);
    const host = hostname.replace(/^\[|\]$/g, '');
    return host === '' ? [] : [{ host, port: port === '' ? (defaultPorts[protocol] ?? null) : Number(port) }];
  }
  const pair = /^(?:[^\s@]*@)?\[?([A-Za-z0-9.:-]+?)\]?:(\d{1,5})(?:\/.*)?$/.exec(text);
  if (pair?.[1] !== undefined) return [{ host: pair[1], port: Number(pair[2]) }];
  return isAddress(text) || /^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}$/i.test(text) || text === 'localhost'
    ? [{ host: text, port: null }]
    : [];
}

function isForeign({ address, port, own }: ConnectFact): boolean {
  if (own) return false;
  if (isAddress(address)) return port !== 0;
  return !nameServices.test(address) && !ownFolders.test(address);
}

interface Naming {
  readonly named: readonly Place[];
  readonly values: readonly string[];
}

function isNamed({ address, port }: ConnectFact, { named, values }: Naming): boolean {
  if (!isAddress(address)) return values.some((value) => isInSocketValue(value, address));
  if (port === dnsPort && named.some(({ host }) => isName(host))) return true;
  const portStandsAlone = values.includes(String(port));
  return named.some(
    (place) =>
      (isName(place.host) || plain(place.host) === plain(address)) &&
      (place.port === port || (place.port === null && portStandsAlone)),
  );
}

/** Values name a socket, or the folder that it lies in. */
function isInSocketValue(value: string, address: string): boolean {
  const folder = address.slice(0, address.lastIndexOf('/'));
  const plainValue = new URLSearchParams(`v=${value.replaceAll('&', ' ')}`).get('v') ?? '';
  return plainValue.includes(address) || (folder !== '' && plainValue.includes(folder));
}

function isAddress(text: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text) || (/^[0-9a-f:.]+$/i.test(text) && text.includes(':'));
}

function isName(host: string): boolean {
  return !isAddress(host) && host !== 'localhost';
}

/** All ways to write loopback are one. */
function plain(host: string): string {
  const mapped = host.replace(/^::ffff:/i, '');
  return mapped === 'localhost' || mapped === '::1' || mapped.startsWith('127.') ? 'loopback' : mapped;
}

function placeOf({ address, port }: ConnectFact): string {
  if (!isAddress(address)) return address;
  if (port === dnsPort) return `the address of a name, at ${address}:${dnsPort}`;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function firstOfEach(attempts: readonly ConnectFact[]): readonly ConnectFact[] {
  const first = new Map<string, ConnectFact>();
  for (const each of [...attempts].sort((a, b) => a.atMs - b.atMs)) {
    const key = `${each.process} ${placeOf(each)}`;
    if (!first.has(key)) first.set(key, each);
  }
  return [...first.values()];
}

function eventOf(attempt: ConnectFact): Evidence {
  const { process, atMs } = attempt;
  return { kind: 'event', process, atMs, what: `asked for a connection to ${placeOf(attempt)}` };
}
