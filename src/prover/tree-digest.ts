/** Compares two trees. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

/** Paths of files that are in one only, or not the same in both, relative to the trees. */
export function differingFiles(one: string, other: string): readonly string[] {
  const [left, right] = [contentsOf(one, ''), contentsOf(other, '')];
  const names = new Set([...left.keys(), ...right.keys()]);
  return [...names].filter((name) => !same(left.get(name)?.(), right.get(name)?.())).sort();
}

function same(left: Buffer | undefined, right: Buffer | undefined): boolean {
  return left !== undefined && right !== undefined && left.equals(right);
}

function contentsOf(folder: string, inside: string): Map<string, () => Buffer> {
  const found = new Map<string, () => Buffer>();
  for (const entry of readdirSync(path.join(folder, inside), { withFileTypes: true })) {
    const name = inside === '' ? entry.name : `${inside}/${entry.name}`;
    const place = path.join(folder, name);
    if (entry.isDirectory()) for (const [each, read] of contentsOf(folder, name)) found.set(each, read);
    else if (entry.isSymbolicLink()) found.set(name, () => Buffer.from(readlinkSync(place)));
    else if (entry.isFile()) found.set(name, () => readFileSync(place));
  }
  return found;
}
