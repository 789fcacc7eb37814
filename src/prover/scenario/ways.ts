/** How an app speaks with those who ask it, by the calls and imports of its code. */
import type { SgNode } from '@ast-grep/napi';
import { type Call, callsIn, keyOf, nodesOf, shortText, stringOf } from './syntax.ts';

export interface Ways {
  /** What bodies it reads; null: that was not seen. */
  readonly body: 'form' | 'json' | null;
  /** Whether a visitor is known by a token in the header Authorization. */
  readonly bearer: boolean;
  /** What is in a line that `LOG_LEVEL=debug` brings; null: it reads no LOG_LEVEL, or writes no such line. */
  readonly debugLine: string | null;
}

export const unseenWays: Ways = { body: null, bearer: false, debugLine: null };

/** What of a file tells. */
export interface Signs {
  readonly readsForms: boolean;
  readonly readsJson: boolean;
  readonly writesJson: boolean;
  readonly asksAuthorization: boolean;
  readonly makesTokens: boolean;
  readonly asksCookies: boolean;
  readonly asksLogLevel: boolean;
  readonly writesDebug: boolean;
  readonly numbersLevels: boolean;
}

/** What a file must have for it to be parsed at all. */
export const mayTell =
  /urlencoded|formbody|body-?parser|koa-body|parseBody|formData|URLSearchParams|\bjson\b|JSON\.parse|authorization|jsonwebtoken|jose|jwt|cookie|LOG_LEVEL|fastify|@nestjs|pino/i;

export function waysOf(files: readonly Signs[]): Ways {
  const some = (sign: keyof Signs): boolean => files.some((file) => file[sign]);
  const reads = some('readsForms') ? 'form' : some('readsJson') || some('writesJson') ? 'json' : null;
  return {
    body: reads,
    bearer: some('asksAuthorization') || (some('makesTokens') && !some('asksCookies')),
    debugLine:
      some('asksLogLevel') && some('writesDebug')
        ? some('numbersLevels')
          ? '"level":20'
          : '"level":"debug"'
        : null,
  };
}

export function signsIn(root: SgNode): Signs {
  const calls = callsIn(root);
  const imports = importsIn(root, calls);
  const has = (pattern: RegExp): boolean => imports.some((name) => pattern.test(name));
  const members = nodesOf(root, 'member_expression').map(shortText);
  return {
    readsForms:
      has(/^(?:@fastify\/formbody|fastify-formbody)$/) || calls.some(readsForm) || makesParameters(root),
    readsJson:
      has(/^(?:fastify|@nestjs\/common|koa-bodyparser|@koa\/bodyparser|koa-body)$/) || calls.some(readsJson),
    writesJson: calls.some(saysJson) || nodesOf(root, 'pair').some(isJsonType),
    asksAuthorization:
      has(/^(?:@fastify\/jwt|fastify-jwt|express-jwt|hono\/jwt|koa-jwt|passport-jwt)$/) ||
      members.some((member) => /\bheaders\.authorization$/.test(member)) ||
      nodesOf(root, 'subscript_expression').some((node) =>
        /headers\[.authorization.\]$/i.test(shortText(node)),
      ) ||
      calls.some(
        ({ callee, given }) =>
          /\.(?:get|header)$/.test(callee) && /^authorization$/i.test(stringOf(given[0]) ?? ''),
      ),
    makesTokens: has(/^(?:jsonwebtoken|jose|@nestjs\/jwt)$/),
    asksCookies:
      has(/^(?:cookie-parser|@fastify\/cookie|cookie|cookie-session|express-session|hono\/cookie)$/) ||
      members.some((member) => /\bcookies?$/.test(member)),
    asksLogLevel:
      members.some((member) => /\benv\.LOG_LEVEL$/.test(member)) ||
      nodesOf(root, 'subscript_expression').some((node) => /\benv\[.LOG_LEVEL.\]$/.test(shortText(node))) ||
      nodesOf(root, 'shorthand_property_identifier_pattern').some((node) => node.text() === 'LOG_LEVEL'),
    writesDebug: calls.some(({ callee }) => /(?:^|\.)log(?:ger)?\.debug$/.test(callee)),
    numbersLevels: has(/^(?:fastify|pino|pino-http|nestjs-pino|hono-pino|koa-pino-logger)$/),
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
      node.field('constructor')?.text() === 'URLSearchParams' && isRead(node.field('arguments') ?? undefined),
  );
}

/** By its name it is what came with a request. */
function isRead(node: SgNode | undefined): boolean {
  return /body|raw|chunk|payload/i.test(shortText(node));
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
