/**
 * Routes that a tree of JavaScript or TypeScript declares: by calls, by decorators of NestJS, or by the names of files for Next.js.
 * Parsed, so that comments and strings are none; paths with parameters are left out.
 */
import { Lang, parse } from '@ast-grep/napi';
import { sourceFiles, textOf } from './app-tree.ts';
import { type Calls, calledRoutes, callsOf, mayCall } from './called-routes.ts';
import { mayBeNest, type NestFile, nestFileOf, nestRoutes } from './nest-routes.ts';
import { nextFileOf, nextFolders, nextRoutesIn } from './next-routes.ts';
import type { Route } from './route.ts';
import { once } from './syntax.ts';
import { type Sign, signsIn, type Ways, waysOf } from './ways.ts';

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
  const told = new Set<Sign>();
  const [ofCalls, ofNest, ofNext]: [Calls[], NestFile[], Route[]] = [[], [], []];
  for (const file of names) {
    reader.begins(file);
    const text = reader.isHard(file) ? null : textOf(folder, file);
    if (text === null) continue;
    const rootOf = once(() => parse(languageOf(file), text).root());
    for (const sign of signsIn(text, { rootOf, told })) told.add(sign);
    if (mayCall.test(text)) ofCalls.push(callsOf(file, rootOf()));
    if (mayBeNest.test(text)) ofNest.push(nestFileOf(file, rootOf()));
    const next = nextFileOf(file, nextApps);
    if (next !== null) ofNext.push(...nextRoutesIn(rootOf(), next));
  }
  return { routes: [...calledRoutes(ofCalls), ...nestRoutes(ofNest), ...ofNext], ways: waysOf(told), cut };
}

function languageOf(file: string): Lang {
  if (/\.[jt]sx$/.test(file)) return Lang.Tsx;
  return /\.[cm]?ts$/.test(file) ? Lang.TypeScript : Lang.JavaScript;
}
