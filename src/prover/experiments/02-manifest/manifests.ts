/** What manifests name, one reader for each kind. The prover's own reading: what it cannot read, it does not count. */
import path from 'node:path';
import type { Evidence } from '../../../factors/law.ts';
import { type AppTree, inside } from '../../tree/app-tree.ts';
import { objectOf, parseJson, stringsOf } from '../../tree/json-file.ts';
import { lineOf, lineOfKey } from '../../tree/place.ts';

export interface Dependency {
  readonly name: string;
  /** As the manifest writes it; empty: any. */
  readonly range: string;
  /** Whether the manifest itself names one version. */
  readonly pinned: boolean;
  readonly at: () => Evidence;
}

export type ReadManifest = (tree: AppTree, file: string) => readonly Dependency[];

const sections = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

export const readPackageJson: ReadManifest = (tree, file) => {
  const text = tree.read(file) ?? '';
  const manifest = objectOf(parseJson(text));
  const found = new Map<string, Dependency>();
  for (const section of sections)
    for (const [name, range] of stringsOf(manifest[section]))
      found.set(name, { name, range, pinned: false, at: () => lineOfKey(file, text, [section, name]) });
  return [...found.values()];
};

export const readComposerJson: ReadManifest = (tree, file) => {
  const text = tree.read(file) ?? '';
  const manifest = objectOf(parseJson(text));
  return ['require', 'require-dev'].flatMap((section) =>
    stringsOf(manifest[section])
      .filter(([name]) => name.includes('/'))
      .map(([name, range]) => ({
        name,
        range,
        pinned: false,
        at: () => lineOfKey(file, text, [section, name]),
      })),
  );
};

/** One version, a hash, a commit of a repository, or the address of one file. */
const pin = /===?\s*[^\s*,;]+\s*(?:;|$|--|\\)|--hash=|@[0-9a-f]{40}\b|\bhttps?:\S+\.(?:whl|zip|tar\.gz)/;

/** Lines of `requirements.txt`, of the files it names by `-r`, with versions that those it names by `-c` give. */
export const readRequirements: ReadManifest = (tree, file) => {
  const found: Dependency[] = [];
  const constrained = new Set<string>();
  const open = [{ file, constrains: false }];
  const seen = new Set<string>();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next.file)) continue;
    seen.add(next.file);
    const { file: read, constrains } = next;
    const text = tree.read(read) ?? '';
    const rows = text.split('\n');
    for (const [index, raw] of rows.entries()) {
      const line = raw.replace(/(?:^|\s)#.*$/, '').trim();
      const [, flag, named] = /^(-r|--requirement|-c|--constraint)[\s=]+(\S+)$/.exec(line) ?? [];
      const place = named === undefined ? null : inside(read, named);
      if (place !== null)
        open.push({ file: place, constrains: constrains || flag === '-c' || flag === '--constraint' });
      const [, name] = /^([A-Za-z0-9][\w.-]*)/.exec(line) ?? [];
      if (name === undefined) continue;
      const pinned = pin.test(line) || continuesWithHash(raw, rows[index + 1] ?? '');
      if (constrains && pinned) constrained.add(plainName(name));
      if (!constrains)
        found.push({ name, range: line.slice(name.length), pinned, at: () => lineOf(read, text, index + 1) });
    }
  }
  return found.map((one) => (constrained.has(plainName(one.name)) ? { ...one, pinned: true } : one));
};

function continuesWithHash(line: string, next: string): boolean {
  return line.trimEnd().endsWith('\\') && line.includes('==') && next.includes('--hash=');
}

function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}

/** Names in the sections of a TOML file that hold dependencies: `name = …` in a table, or strings of a list. */
function readToml(tables: RegExp, lists: RegExp | null, left: ReadonlySet<string> = new Set()): ReadManifest {
  return (tree, file) => {
    const text = tree.read(file) ?? '';
    const found: Dependency[] = [];
    let table = '';
    let inList = false;
    for (const [index, raw] of text.split('\n').entries()) {
      const line = raw.replace(/(?:^|\s)#.*$/, '').trim();
      const at = (): Evidence => lineOf(file, text, index + 1);
      const [, header] = /^\[+([^\]]+)\]+$/.exec(inList ? '' : line) ?? [];
      if (header !== undefined) table = header.trim();
      else if (tables.test(table) && !inList) {
        const [, name, range = ''] = /^"?([\w.-]+)"?\s*=\s*(.+)$/.exec(line) ?? [];
        if (name !== undefined && !left.has(name)) found.push({ name, range, pinned: false, at });
      }
      const begins = lists?.test(`${table}|${line}`) === true;
      if (begins || inList)
        for (const [, name = ''] of line.matchAll(/["']([A-Za-z0-9][\w.-]*)[^"']*["']/g))
          found.push({ name, range: '', pinned: false, at });
      if (begins) inList = true;
      if (inList && /\]\s*,?$/.test(line)) inList = false;
    }
    return found;
  };
}

export const readPyproject = readToml(
  /^tool\.poetry\.(?:group\.[^.]+\.)?(?:dev-)?dependencies$/,
  /^(?:project\|dependencies|dependency-groups\|[\w-]+)\s*=\s*\[/,
  new Set(['python']),
);

export const readPipfile = readToml(/^(?:dev-)?packages$/, null);

export const readCargo = readToml(/^(?:workspace\.|target\..+\.)?(?:dev-|build-)?dependencies$/, null);

export const readGemfile: ReadManifest = lines(/^gem[\s(]+["']([^"']+)["']/);

/** `require a v1`, and the lines of `require ( … )`. */
export const readGoMod: ReadManifest = (tree, file) => {
  const text = tree.read(file) ?? '';
  let open = false;
  return text.split('\n').flatMap((raw, index) => {
    const line = raw.replace(/\/\/.*$/, '').trim();
    if (/^require\s*\($/.test(line)) open = true;
    else if (line === ')') open = false;
    const [, name, range] = (open ? /^(\S+)\s+(v\S+)$/ : /^require\s+(\S+)\s+(v\S+)$/).exec(line) ?? [];
    if (name === undefined || range === undefined) return [];
    return [{ name, range, pinned: false, at: () => lineOf(file, text, index + 1) }];
  });
};

function lines(pattern: RegExp): ReadManifest {
  return (tree, file) => {
    const text = tree.read(file) ?? '';
    return text.split('\n').flatMap((raw, index) => {
      const [, name] = pattern.exec(raw.trim()) ?? [];
      return name === undefined
        ? []
        : [{ name, range: '', pinned: false, at: () => lineOf(file, text, index + 1) }];
    });
  };
}

/** The folder of a file and those above it, the nearest first; the root is `''`. */
export function foldersUp(file: string): readonly string[] {
  const folder = path.posix.dirname(file);
  if (folder === '.') return [''];
  return [folder, ...foldersUp(folder)];
}
