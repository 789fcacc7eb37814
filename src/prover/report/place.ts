/** Where an app lies in its repository. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Place } from './look.ts';

/** What says what is run, the first that is there. */
const anchors = ['Procfile', 'app.json', 'package.json'];

export function placeOf(folder: string): Place {
  const anchor = anchors.find((name) => existsSync(path.join(folder, name))) ?? null;
  return { prefix: prefixOf(folder), anchor };
}

/** Outside of Git a folder is its own root. */
function prefixOf(folder: string): string {
  for (let root = path.resolve(folder); ; root = path.dirname(root)) {
    if (existsSync(path.join(root, '.git'))) return path.relative(root, path.resolve(folder));
    if (root === path.dirname(root)) return '';
  }
}
