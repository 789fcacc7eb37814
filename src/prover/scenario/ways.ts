/** How an app speaks with those who ask it, by the calls and imports of its code. */
import type { SgNode } from '@ast-grep/napi';
import { type Call, callsIn, keyOf, nodesOf, once, shortText, stringOf } from './syntax.ts';

export interface Ways {
  /** What bodies it reads; null: that was not seen. */
  readonly body: 'form' | 'json' | null;
  /** Whether a visitor is known by a token in the header Authorization. */
  readonly bearer: boolean;
  /** What is in a line that `LOG_LEVEL=debug` brings; null: it reads no LOG_LEVEL, or writes no such line. */
  readonly debugLine: string | null;
}

export const unseenWays: Ways = { body: null, bearer: false, debugLine: null };

/** What a file may tell. */
export type Sign = keyof typeof signs;

export function waysOf(told: ReadonlySet<Sign>): Ways {
  const json = told.has('reads JSON') || told.has('writes JSON');
  const level = told.has('numbers levels') ? '"level":20' : '"level":"debug"';
  return {
    body: told.has('reads forms') ? 'form' : json ? 'json' : null,
    bearer: told.has('asks for Authorization') || (told.has('makes tokens') && !told.has('asks for cookies')),
    debugLine: told.has('asks for LOG_LEVEL') && told.has('writes debug lines') ? level : null,
  };
}

/** Of those that other files have not told: whole trees are read, and most files tell nothing new. */
export function signsIn(
  text: string,
  { rootOf, told = new Set() }: { readonly rootOf: () => SgNode; readonly told?: ReadonlySet<Sign> },
): readonly Sign[] {
  const asked = Object.entries(signs).filter(
    ([sign, { mayTell }]) => !told.has(sign as Sign) && mayTell.test(text),
  );
  if (asked.length === 0) return [];
  const code = codeOf(rootOf());
  return asked.flatMap(([sign, { tells }]) => (tells(code) ? [sign as Sign] : []));
}

interface Code {
  readonly root: SgNode;
  readonly calls: () => readonly Call[];
  readonly imports: (pattern: RegExp) => boolean;
  readonly members: (pattern: RegExp) => boolean;
  readonly subscripts: (pattern: RegExp) => boolean;
}

const signs = {
  'reads forms': {
    mayTell:
      /urlencoded|formbody|parseBody|formData|URLSearchParams|(?:querystring|qs)\.parse|['"`]form['"`]/,
    tells: ({ root, calls, imports }: Code): boolean =>
      imports(/^(?:@fastify\/formbody|fastify-formbody)$/) ||
      calls().some(readsForm) ||
      makesParameters(root),
  },
  'reads JSON': {
    mayTell:
      /fastify|@nestjs|body-?parser|koa-body|\bexpress\.json|\breq(?:uest)?\.json|['"`]json['"`]|JSON\.parse\([^)]{0,100}(?:body|raw|chunk|payload)/i,
    tells: ({ calls, imports }: Code): boolean =>
      imports(/^(?:fastify|@nestjs\/common|koa-bodyparser|@koa\/bodyparser|koa-body)$/) ||
      calls().some(readsJson),
  },
  'writes JSON': {
    mayTell: /content-type['"`]?\s*[:,]\s*['"`]application\/[\w.+-]*json/i,
    tells: ({ root, calls }: Code): boolean =>
      calls().some(saysJson) || nodesOf(root, 'pair').some(isJsonType),
  },
  'asks for Authorization': {
    mayTell: /authorization|\bjwt\b|-jwt\b/i,
    tells: ({ calls, imports, members, subscripts }: Code): boolean =>
      imports(/^(?:@fastify\/jwt|fastify-jwt|express-jwt|hono\/jwt|koa-jwt|passport-jwt)$/) ||
      members(/\bheaders\.authorization$/) ||
      subscripts(/headers\[.authorization.\]$/i) ||
      calls().some(asksAuthorization),
  },
  'makes tokens': {
    mayTell: /jsonwebtoken|\bjose\b|@nestjs\/jwt/,
    tells: ({ imports }: Code): boolean => imports(/^(?:jsonwebtoken|jose|@nestjs\/jwt)$/),
  },
  'asks for cookies': {
    mayTell: /cookie|express-session/i,
    tells: ({ imports, members }: Code): boolean =>
      imports(/^(?:cookie-parser|@fastify\/cookie|cookie|cookie-session|express-session|hono\/cookie)$/) ||
      members(/\bcookies?$/),
  },
  'asks for LOG_LEVEL': {
    mayTell: /LOG_LEVEL/,
    tells: ({ root, members, subscripts }: Code): boolean =>
      members(/\benv\.LOG_LEVEL$/) ||
      subscripts(/\benv\[.LOG_LEVEL.\]$/) ||
      nodesOf(root, 'shorthand_property_identifier_pattern').some((node) => node.text() === 'LOG_LEVEL'),
  },
  'writes debug lines': {
    mayTell: /log(?:ger)?\.debug/,
    tells: ({ calls }: Code): boolean =>
      calls().some(({ callee }) => /(?:^|\.)log(?:ger)?\.debug$/.test(callee)),
  },
  'numbers levels': {
    mayTell: /fastify|pino/,
    tells: ({ imports }: Code): boolean =>
      imports(/^(?:fastify|pino|pino-http|nestjs-pino|hono-pino|koa-pino-logger)$/),
  },
};

function codeOf(root: SgNode): Code {
  const calls = once(() => callsIn(root));
  const imported = once(() => importsIn(root, calls()));
  const texts = (kind: string) => once(() => nodesOf(root, kind).map(shortText));
  const [members, subscripts] = [texts('member_expression'), texts('subscript_expression')];
  return {
    root,
    calls,
    imports: (pattern) => imported().some((name) => pattern.test(name)),
    members: (pattern) => members().some((text) => pattern.test(text)),
    subscripts: (pattern) => subscripts().some((text) => pattern.test(text)),
  };
}

function importsIn(root: SgNode, calls: readonly Call[]): readonly string[] {
  const statements = nodesOf(root, 'import_statement').map((node) => stringOf(node.field('source')));
  const required = calls
    .filter(({ callee }) => callee === 'require' || callee === 'import')
    .map(({ given }) => stringOf(given[0]));
  return [...statements, ...required].flatMap((name) => name ?? []);
}

function readsForm({ callee, given }: Call): boolean {
  if (/(?:^|\.)urlencoded$|\.parseBody$|\breq(?:uest)?\.formData$/.test(callee)) return true;
  if (/^(?:querystring|qs)\.parse$/.test(callee)) return isRead(given[0]);
  return /[vV]alidator$|\.valid$/.test(callee) && stringOf(given[0]) === 'form';
}

function readsJson({ callee, given }: Call): boolean {
  if (/^(?:express|bodyParser|bodyparser|parser)\.json$|^bodyParser$|\breq(?:uest)?\.json$/.test(callee))
    return true;
  if (callee === 'JSON.parse') return isRead(given[0]);
  return /[vV]alidator$|\.valid$/.test(callee) && stringOf(given[0]) === 'json';
}

function makesParameters(root: SgNode): boolean {
  return nodesOf(root, 'new_expression').some(
    (node) =>
      shortText(node.field('constructor')) === 'URLSearchParams' &&
      isRead(node.field('arguments') ?? undefined),
  );
}

/** By its name it is what came with a request. */
function isRead(node: SgNode | undefined): boolean {
  return /body|raw|chunk|payload/i.test(shortText(node));
}

function asksAuthorization({ callee, given }: Call): boolean {
  return /\.(?:get|header)$/.test(callee) && /^authorization$/i.test(stringOf(given[0]) ?? '');
}

/** `response.setHeader('Content-Type', 'application/json')`. */
function saysJson({ callee, given: [name, value] }: Call): boolean {
  return /\.(?:set|setHeader|header|type)$/.test(callee) && isContentType(stringOf(name)) && isJson(value);
}

function isJsonType(pair: SgNode): boolean {
  return isContentType(keyOf(pair)) && isJson(pair.field('value'));
}

const isContentType = (name: string | null): boolean => /^content-type$/i.test(name ?? '');
const isJson = (value: SgNode | null | undefined): boolean =>
  /^application\/(?:[\w.+-]+\+)?json\b/.test(stringOf(value) ?? '');
