/** `.slugignore`: what of the source stays out of the build, in the patterns of `.gitignore` without negation. */
import { type Dirent, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import ignore from 'ignore';
import { entriesIn, hasFile } from './folder.ts';

/** Never ignored: the build and the platform go by them. */
const needed = new Set(['Procfile', 'app.json', 'package.json']);

/** Removes from the app's folder what its `.slugignore` names. Gives the paths removed. */
export function applySlugIgnore(app: string): readonly string[] {
  const patterns = readPatterns(app);
  if (patterns.length === 0) return [];
  const rules = ignore().add(patterns);
  const removed: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of entriesIn(path.join(app, folder))) {
      const name = path.posix.join(folder, entry.name);
      if (needed.has(name)) continue;
      if (rules.ignores(matched(name, entry))) removed.push(name);
      else if (entry.isDirectory()) visit(name);
    }
  };
  visit('');
  for (const name of removed) rmSync(path.join(app, name), { recursive: true });
  return removed;
}

function matched(name: string, entry: Dirent): string {
  return entry.isDirectory() ? `${name}/` : name;
}

function readPatterns(app: string): string[] {
  if (!hasFile(app, '.slugignore')) return [];
  const lines = readFileSync(path.join(app, '.slugignore'), 'utf8').split(/\r?\n/);
  return lines.filter((line) => line.trim() !== '' && !line.startsWith('#') && !line.startsWith('!'));
}
