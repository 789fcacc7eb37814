import { existsSync } from 'node:fs';
import path from 'node:path';
import { entriesIn } from '../folder.ts';

/** How many packages an install has put into a root-shaped folder: those a person would count, links left out. */
export function countPackages(root: string): number {
  const app = path.join(root, 'app');
  return countFolders(app) + countArchives(path.join(app, '.yarn/cache'));
}

/** Packages of the `node_modules` in a folder, theirs, and those of inner folders. */
function countFolders(folder: string): number {
  let count = 0;
  for (const entry of entriesIn(folder)) {
    if (!entry.isDirectory()) continue;
    const inner = path.join(folder, entry.name);
    if (entry.name === 'node_modules') count += countModules(inner);
    else if (!entry.name.startsWith('.')) count += countFolders(inner);
  }
  return count;
}

function countModules(modules: string): number {
  let count = 0;
  for (const entry of entriesIn(modules)) {
    const inner = path.join(modules, entry.name);
    if (!entry.isDirectory()) continue;
    if (entry.name === '.pnpm') count += entriesIn(inner).filter(isStored).length;
    else if (entry.name.startsWith('@')) count += countModules(inner);
    else if (!entry.name.startsWith('.')) count += 1 + nested(inner);
  }
  return count;
}

/** pnpm keeps each package in a folder `NAME@VERSION`. */
function isStored(entry: { readonly name: string; isDirectory(): boolean }): boolean {
  return entry.isDirectory() && entry.name.includes('@');
}

function nested(packageFolder: string): number {
  const modules = path.join(packageFolder, 'node_modules');
  return existsSync(modules) ? countModules(modules) : 0;
}

function countArchives(cache: string): number {
  return existsSync(cache) ? entriesIn(cache).filter(({ name }) => name.endsWith('.zip')).length : 0;
}
