/**
 * Routes that a tree of JavaScript or TypeScript declares, as Express, Fastify, Hono and Koa routers write them:
 * `app.get('/x', …)`; as controllers of NestJS; as files of Next.js. Parsed, so that comments and strings are none; paths with parameters are left out.
 */
import { Lang, parse, type SgNode } from '@ast-grep/napi';
import { sourceFiles, textOf } from './app-tree.ts';
import { type Handler, readHandler } from './handler.ts';
import type { Field } from './handler-fields.ts';
import { classesIn, mayBeNest, type NestRoute, nestRoutesIn } from './nest-routes.ts';
import { type NextFile, nextFileOf, nextFolders, nextRoutesIn } from './next-routes.ts';
import { type Declared, declaredIn, givenTo, stringOf } from './syntax.ts';
import { mayTell, type Signs, signsIn, type Ways, waysOf } from './ways.ts';

/** Those that read, and those that write. */
const methods: ReadonlySet<string> = new Set(['get', 'post', 'put', 'patch']);

export interface Route {
  readonly method: string;
  readonly path: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Whether nothing was seen that could put a prefix before its path. */
  readonly certain: boolean;
  readonly handler: Handler;
}

export interface Routes {
  readonly routes: readonly Route[];
  readonly ways: Ways;
  /** Whether the tree has more files than were read. */
  readonly cut: boolean;
}

/** Who is told what is read, where a file may hold its reader up. */
export interface Reader {
  begins(file: string): void;
  /** Whether it is left out. */
  isHard(file: string): boolean;
}

const nobody: Reader = { begins: () => undefined, isHard: () => false };

export function routesIn(folder: string, reader: Reader = nobody): Routes {
  const { names, cut } = sourceFiles(folder);
  const nextApps = nextFolders(names, textOf(folder, 'package.json'));
  const files = names.flatMap((file) => {
    reader.begins(file);
    if (reader.isHard(file)) return [];
    const text = textOf(folder, file);
    const next = nextFileOf(file, nextApps);
    return text !== null && (next !== null || mayDeclare(text)) ? [seenIn({ file, text, next })] : [];
  });
  const routes = [...calledRoutes(files), ...nestRoutes(files), ...files.flatMap(({ ofNext }) => ofNext)];
  return { routes, ways: waysOf(files.map(({ signs }) => signs)), cut };
}

const mayDeclare = (text: string): boolean =>
  declaring.test(text) || mayTell.test(text) || mayBeNest.test(text);

function calledRoutes(files: readonly Seen[]): readonly Route[] {
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

/** Behind the prefix that one of the files gives to all. */
function nestRoutes(files: readonly Seen[]): readonly Route[] {
  const [prefix = '', ...others] = files.flatMap(({ prefixes }) => prefixes);
  const classes = new Map(files.flatMap((seen) => [...seen.classes]));
  return files.flatMap(({ file, ofNest }) =>
    ofNest.map(({ path, bodyClass, handler, ...route }) => ({
      ...route,
      file,
      path: `/${[prefix, path].join('/').split('/').filter(Boolean).join('/')}`,
      certain: others.length === 0,
      handler: bodyClass === null ? handler : { ...handler, fields: classes.get(bodyClass) ?? [] },
    })),
  );
}

const declaring = /\.\s*(?:get|post|put|patch)\s*\(/;

interface Seen {
  readonly file: string;
  readonly signs: Signs;
  readonly calls: readonly (Omit<Route, 'file' | 'certain'> & { readonly receiver: string })[];
  readonly mounts: readonly Mount[];
  /** Receivers that are made with a prefix of their own. */
  readonly prefixed: ReadonlySet<string>;
  readonly ofNext: readonly Route[];
  readonly ofNest: readonly NestRoute[];
  /** That it gives to all routes. */
  readonly prefixes: readonly string[];
  /** Fields of its classes. */
  readonly classes: ReadonlyMap<string, readonly Field[]>;
}

/** A router put onto another, behind a prefix. */
interface Mount {
  readonly onto: string;
  readonly mounted: string;
}

interface SourceFile {
  readonly file: string;
  readonly text: string;
  readonly next: NextFile | null;
}

function seenIn({ file, text, next }: SourceFile): Seen {
  const root = parse(languageOf(file), text).root();
  const declared = declaredIn(root);
  const makers = makersIn(declared);
  const calls = root.findAll({ rule: { kind: 'call_expression' } }).flatMap(readCall);
  return {
    file,
    signs: signsIn(root),
    calls: calls.flatMap(({ receiver, ...call }) => {
      if (!usualNames.test(receiver) && !makers.has(receiver)) return [];
      const path = routeOf(call);
      if (path === null) return [];
      const handler = readHandler(call.given.slice(1), declared);
      return [{ receiver, method: call.name.toUpperCase(), path, line: call.line, handler }];
    }),
    mounts: calls.flatMap(mountOf),
    prefixed: new Set(
      [...makers].flatMap(([name, made]) => (/\b(?:prefix|basePath)\b/.test(made) ? [name] : [])),
    ),
    ofNext: next === null ? [] : nextRoutesIn(root, next).map((route) => ({ ...route, file, certain: true })),
    ofNest: nestRoutesIn(root),
    prefixes: calls.flatMap(({ name, given }) =>
      name === 'setGlobalPrefix' ? [stringOf(given[0]) ?? ''] : [],
    ),
    classes: classesIn(root),
  };
}

const usualNames = /^(?:app|router|server|fastify)$/;
const making =
  /^(?:new\s+)?(?:express|fastify|Fastify|(?:express\s*\.\s*)?Router|(?:OpenAPI)?Hono|(?:Koa)?Router)\s*(?:<[^()]*>)?\s*\(/;

/** What makes each receiver, by its name. */
function makersIn(declared: Declared): ReadonlyMap<string, string> {
  return new Map(
    [...declared].flatMap(([name, value]) => {
      const made = value.text();
      return making.test(made) ? [[name, made] as const] : [];
    }),
  );
}

interface Call {
  /** The first name of a chain: `app` of `app.get(…).post(…)`. */
  readonly receiver: string;
  readonly name: string;
  readonly given: readonly SgNode[];
  readonly line: number;
}

function readCall(call: SgNode): Call[] {
  const member = call.field('function');
  if (member?.kind() !== 'member_expression') return [];
  const name = member.field('property');
  if (name === null) return [];
  const line = name.range().start.line + 1;
  return [{ receiver: receiverOf(member), name: name.text(), given: givenTo(call), line }];
}

function receiverOf(member: SgNode): string {
  let object = member.field('object');
  while (object?.kind() === 'call_expression') object = object.field('function')?.field('object') ?? null;
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
  if (prefix !== null && prefix !== '/') return [{ onto: receiver, mounted: second.text() }];
  return name === 'register' && /\bprefix\b/.test(second.text())
    ? [{ onto: receiver, mounted: first?.text() ?? '' }]
    : [];
}

function languageOf(file: string): Lang {
  if (/\.[jt]sx$/.test(file)) return Lang.Tsx;
  return /\.[cm]?ts$/.test(file) ? Lang.TypeScript : Lang.JavaScript;
}
