/** Addresses of backing services that stand in code as values. */
import type { LocatorHit } from '../hit.ts';
import { fallbackOf, type View } from './environment.ts';
import {
  argumentsOf,
  calleeOf,
  callWith,
  keyOf,
  kindOf,
  type Node,
  operatorOf,
  same,
  stringOf,
  unwrappedUp,
  wholeString,
} from './nodes.ts';

const schemes =
  'postgres(?:ql)?|mysql2?|mariadb|mssql|sqlserver|rediss?|valkeys?|mongodb(?:\\+srv)?|amqps?|nats|kafka|memcached?|cassandra|clickhouse|couchdb|neo4j|bolt|smtps?|ldaps?|mqtts?|etcd';
const service = new RegExp(`^(${schemes})://([^/?#\\s]*)`, 'i');
const local = /^(https?):\/\/(localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[::1\])(:\d+)?(?=[/?#]|$)/i;
const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;
const host = /^(?:localhost|::1|[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d-]+)+)$/i;

const needle = new RegExp(
  `['"\`](?:(?:${schemes}|https?)://|localhost['"\`]|127\\.|::1)|\\b(?:host|hostname|server)['"]?\\s*:[^,;{}]{0,160}?['"\`]`,
  'i',
);

export const mayLocate = (bytes: string): boolean => needle.test(bytes);

/** Texts that may be an address or a host. */
const telling = `^(?:(?i:${schemes}|https?)://|localhost$|127\\.|::1$|[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)+$)`;

export function locatorsIn(view: View): readonly LocatorHit[] {
  const fallbacks = fallbacksOf(view);
  const strings = view.root
    .findAll({ rule: { kind: 'string_fragment', regex: telling } })
    .flatMap((fragment) => fragment.parent() ?? []);
  return [...new Map(strings.map((node) => [node.id(), node])).values()].flatMap((node) => {
    const fallback = fallbacks.get(node.id()) ?? null;
    const target = addressOf(node, fallback) ?? hostOf(node, fallback);
    if (target === null) return [];
    return [{ kind: 'locator', target, fallbackOf: fallback, at: view.placeOf(node) }];
  });
}

/** The strings that stand in for a variable that is not set, with its name. */
function fallbacksOf({ environment }: View): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const { name, node, bound } of environment().readings) {
    const inPlace = bound === null ? fallbackOf(node) : defaultOf(node);
    for (const text of inPlace === null ? [] : stringsOf(inPlace)) found.set(text.id(), name);
  }
  return found;
}

const defaultOf = (part: Node): Node | null =>
  part.field('right') ?? part.field('value')?.field('right') ?? null;

const stringsOf = (node: Node): readonly Node[] =>
  wholeOrBegun(node)
    ? [node]
    : node.findAll({ rule: { any: [{ kind: 'string' }, { kind: 'template_string' }] } });

const wholeOrBegun = (node: Node): boolean => stringOf(node) !== null;

/** The service that an address leads to. A local HTTP address is also how a server speaks of itself. */
function addressOf(node: Node, fallback: string | null): string | null {
  const said = stringOf(node);
  if (said === null || !isValue(node)) return null;
  const found = service.exec(said.value);
  if (found !== null) {
    const place = (found[2] ?? '').replace(/^.*@/, '');
    const known = place === '' ? !said.whole && found[2] !== '' : !isPlaceholder(place);
    return known ? `${found[1]?.toLowerCase()}://${place}` : null;
  }
  const own = local.exec(said.value);
  if (own === null || fallback !== null || isItself(node, said.whole)) return null;
  return own[0];
}

const isPlaceholder = (place: string): boolean =>
  /^(?:HOST|[<[{$].*|\.\.\.|hostname|host|…)(?::|$)/.test(place);

const saying =
  /(?:^|\.)(?:log|info|warn|error|debug|trace|fatal|print|write|assert|startsWith|endsWith|includes|indexOf|match|test|replace|replaceAll|split|describe|it)$|Error$/;

/** Whether a string is handed to something as a value: not said to a person, compared, or a type. */
function isValue(node: Node): boolean {
  const outer = unwrappedUp(node);
  const up = outer.parent();
  if (
    up === null ||
    ['literal_type', 'import_statement', 'export_statement', 'expression_statement'].includes(kindOf(up))
  )
    return false;
  if (up.kind() === 'binary_expression' && /^[!=]==?$/.test(operatorOf(up))) return false;
  if (up.kind() === 'pair' && same(up.field('key'), node)) return false;
  const given = callWith(outer);
  return given === null || !saying.test(calleeOf(given.call));
}

/** A base to read a path of a request by, an origin that browsers come from, or the server's own address with its own port. */
function isItself(node: Node, whole: boolean): boolean {
  const outer = unwrappedUp(node);
  const given = callWith(outer);
  if (given !== null && calleeOf(given.call) === 'URL' && (given.index === 1 || !whole)) return true;
  if (!whole && /\$\{[^}]*port/i.test(node.text())) return true;
  const up = outer.parent();
  if (up?.kind() === 'binary_expression' && operatorOf(up) === '+')
    return /port|url/i.test(up.field('right')?.text() ?? '');
  return outer
    .ancestors()
    .some((one) => /origin|cors|servers$/i.test(one.kind() === 'pair' ? (keyOf(one) ?? '') : ''));
}

const hostKeys = /^(?:host|hostname|server)$/i;
const accountKeys = /^(?:database|db|dbname|user|username|password|auth|vhost|dialect)$/i;
const serving = /(?:^|\.)(?:listen|serve|createServer|start)$/;

/** `{ host: 'localhost', database: 'shop' }`, `new Client({ host: 'localhost', port: 5432 })`, `new Redis(6379, 'localhost')` */
function hostOf(node: Node, fallback: string | null): string | null {
  const value = wholeString(node);
  if (value === null || !host.test(value)) return null;
  const outer = fallback === null ? unwrappedUp(node) : fallenBack(node);
  const pair = outer.parent();
  if (pair?.kind() === 'pair' && hostKeys.test(keyOf(pair) ?? '')) return hostOfObject(pair, value);
  return loopback.test(value) ? hostOfCall(outer, value) : null;
}

/** `process.env.HOST || 'localhost'`, of the string in it. */
function fallenBack(node: Node): Node {
  const outer = unwrappedUp(node);
  const up = outer.parent();
  return up?.kind() === 'binary_expression' ? fallenBack(up) : outer;
}

function hostOfObject(pair: Node, value: string): string | null {
  const object = pair.parent();
  const pairs =
    object
      ?.namedChildren()
      .filter((one) => one.kind() === 'pair' || one.kind() === 'shorthand_property_identifier') ?? [];
  const keys = pairs.map((one) => (one.kind() === 'pair' ? (keyOf(one) ?? '') : one.text()));
  const call = object === null ? null : callWith(unwrappedUp(object));
  if (call !== null && serving.test(calleeOf(call.call))) return null;
  const port =
    pairs
      .find((one) => one.kind() === 'pair' && keyOf(one) === 'port')
      ?.field('value')
      ?.text() ?? '';
  const hasAccount = keys.some((key) => accountKeys.test(key));
  const toClient = call !== null && /^\d+$/.test(port) && isClient(call.call);
  if (!hasAccount && !toClient) return null;
  return /^\d+$/.test(port) ? `${value}:${port}` : value;
}

const isClient = (call: Node): boolean =>
  call.kind() === 'new_expression'
    ? !/Server$|URL$/.test(calleeOf(call))
    : /(?:^|\.)(?:connect|create(?:Client|Connection|Pool|Transport|Cluster))$/i.test(calleeOf(call));

function hostOfCall(node: Node, value: string): string | null {
  const given = callWith(node);
  if (given === null || !isClient(given.call)) return null;
  const port = argumentsOf(given.call).find((one) => one.kind() === 'number');
  return port === undefined ? null : `${value}:${port.text()}`;
}
