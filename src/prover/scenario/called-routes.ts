/** Routes that Express, Fastify, Hono and Koa routers are given by calls: `app.get('/x', …)`. */
import type { SgNode } from '@ast-grep/napi';
import { readHandler, unseenHandler } from './handler.ts';
import type { Route } from './route.ts';
import {
  beginningOf,
  type Declared,
  givenTo,
  nodesOf,
  shortText,
  sizeOf,
  stringOf,
  valuesIn,
} from './syntax.ts';

/** Those that read, and those that write. */
const methods: ReadonlySet<string> = new Set(['get', 'post', 'put', 'patch']);

/** What a file must have for a call in it to be one of them. */
export const mayCall = /\.\s*(?:get|post|put|patch)\s*\(/;

export interface Calls {
  readonly file: string;
  readonly calls: readonly (Omit<Route, 'file' | 'certain'> & { readonly receiver: string })[];
  readonly mounts: readonly Mount[];
  /** Receivers that are made with a prefix of their own. */
  readonly prefixed: ReadonlySet<string>;
}

/** Of all files: a prefix may stand in another one. */
export function calledRoutes(files: readonly Calls[]): readonly Route[] {
  const mounts = files.flatMap((seen) => seen.mounts);
  return files.flatMap(({ file, calls, prefixed, mounts: here }) =>
    calls.map(({ receiver, ...route }) => ({
      ...route,
      file,
      certain:
        !prefixed.has(receiver) &&
        !here.some(({ mounted }) => mounted === receiver) &&
        (mounts.length === 0 || here.some(({ onto }) => onto === receiver)),
    })),
  );
}

/** How many calls of a file are looked at for what their handlers say. */
const readHandlers = 2000;

/** A router put onto another, behind a prefix. */
interface Mount {
  readonly onto: string;
  readonly mounted: string;
}

export function callsOf(file: string, root: SgNode): Calls {
  const declared = valuesIn(root);
  const makers = makersIn(declared);
  const calls = readCalls(root);
  return {
    file,
    calls: calls.flatMap(({ receiver, ...call }, at) => {
      if (!usualNames.test(receiver) && !makers.has(receiver)) return [];
      const path = routeOf(call);
      if (path === null) return [];
      const handler = at < readHandlers ? readHandler(call.given.slice(1), declared) : unseenHandler;
      return [{ receiver, method: call.name.toUpperCase(), path, line: call.line, handler }];
    }),
    mounts: calls.flatMap(mountOf),
    prefixed: new Set([...makers].filter(([, made]) => mayPrefix(made)).map(([name]) => name)),
  };
}

const usualNames = /^(?:app|router|server|fastify)$/;
const making =
  /^(?:new\s+)?(?:express|fastify|Fastify|(?:express\s*\.\s*)?Router|(?:OpenAPI)?Hono|(?:Koa)?Router)\s*(?:<[^()]*>)?\s*\(/;

/** What makes each receiver, by its name. */
function makersIn(declared: Declared): Declared {
  return new Map([...declared].filter(([, value]) => making.test(beginningOf(value, shownOfMaker))));
}

/** Characters. */
const shownOfMaker = 2000;

/** What is long is not looked into. */
function mayPrefix(node: SgNode): boolean {
  return sizeOf(node) > prefixLimit || /\b(?:prefix|basePath)\b/.test(beginningOf(node, prefixLimit));
}

/** Characters. */
const prefixLimit = 20_000;

interface Call {
  /** The first name of a chain: `app` of `app.get(…).post(…)`. */
  readonly receiver: string;
  readonly name: string;
  readonly given: readonly SgNode[];
  readonly line: number;
}

/** From the innermost of a chain on, so that each has the receiver of the one before. */
function readCalls(root: SgNode): readonly Call[] {
  const receivers = new Map<number, string>();
  const calls: Call[] = [];
  for (const call of nodesOf(root, 'call_expression').toReversed()) {
    const member = call.field('function');
    const name = member?.kind() === 'member_expression' ? member.field('property') : null;
    if (!member || name === null) continue;
    const receiver = receiverOf(member.field('object'), receivers);
    receivers.set(call.id(), receiver);
    const line = name.range().start.line + 1;
    calls.push({ receiver, name: name.text(), given: givenTo(call), line });
  }
  return calls.reverse();
}

function receiverOf(object: SgNode | null, receivers: ReadonlyMap<number, string>): string {
  if (object?.kind() === 'call_expression') return receivers.get(object.id()) ?? '';
  return object?.kind() === 'identifier' ? object.text() : '';
}

function routeOf({ name, given }: Omit<Call, 'receiver'>): string | null {
  if (!methods.has(name)) return null;
  const path = stringOf(given[0]);
  const handler = given.at(-1);
  if (path === null || given.length < 2 || handler === undefined || !handles.has(String(handler.kind())))
    return null;
  return /^\/[A-Za-z0-9._~/-]{0,200}$/.test(path) ? path : null;
}

const handles = new Set([
  'arrow_function',
  'function_expression',
  'identifier',
  'member_expression',
  'call_expression',
]);

function mountOf({ receiver, name, given: [first, second] }: Call): Mount[] {
  if (!['use', 'route', 'mount', 'register'].includes(name) || second === undefined) return [];
  const prefix = stringOf(first);
  if (prefix !== null && prefix !== '/') return [{ onto: receiver, mounted: shortText(second) }];
  return name === 'register' && mayPrefix(second) ? [{ onto: receiver, mounted: shortText(first) }] : [];
}
