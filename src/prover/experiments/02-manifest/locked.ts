/** What a lockfile was made for. */
import semver from 'semver';
import { objectOf, parseJson, parseJsonWithComments, stringOf, stringsOf } from '../../tree/json-file.ts';
import { parseYaml } from '../../tree/yaml-file.ts';

export interface Locked {
  /** What it was made for; null: it does not have it. The range itself when it agrees. */
  rangeOf(name: string, range: string): string | null;
  /** All that its manifest named; null: it does not tell. */
  readonly names: readonly string[] | null;
}

/**
 * @param folder of the manifest, relative to that of the lockfile, `''` for the same
 * Null: it says nothing of that folder. Undefined: it cannot be read.
 */
export type ReadLocked = (text: string, folder: string) => Locked | null | undefined;

const sections = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

export const readNpmLock: ReadLocked = (text, folder) => {
  const value = parseJson(text);
  if (value === undefined) return undefined;
  const lock = objectOf(value);
  if (lock.packages === undefined) return folder === '' ? installedBy(lock.dependencies) : null;
  const entry = objectOf(lock.packages)[folder];
  return entry === undefined ? null : rangesIn(entry);
};

export const readBunLock: ReadLocked = (text, folder) => {
  const value = parseJsonWithComments(text);
  if (value === undefined) return undefined;
  const entry = objectOf(objectOf(value).workspaces)[folder];
  return entry === undefined ? null : rangesIn(entry);
};

function rangesIn(entry: Parameters<typeof objectOf>[0]): Locked {
  const ranges = new Map(sections.flatMap((section) => stringsOf(objectOf(entry)[section])));
  return { rangeOf: (name) => ranges.get(name) ?? null, names: [...ranges.keys()] };
}

/** The first format of npm has versions, and not what they were chosen for. */
function installedBy(dependencies: Parameters<typeof objectOf>[0]): Locked {
  const installed = objectOf(dependencies);
  return {
    rangeOf(name, range) {
      const version = stringOf(objectOf(installed[name]).version);
      if (version === null || semver.validRange(range) === null || semver.valid(version) === null)
        return installed[name] === undefined ? null : range;
      return semver.satisfies(version, range) ? range : version;
    },
    names: null,
  };
}

/** Characters before the packages: a parser takes seconds for it. */
const pnpmHeadLimit = 2 * 1024 * 1024;

export const readPnpmLock: ReadLocked = (text, folder) => {
  const [head = ''] = text.split(/^packages:/m, 1);
  if (head.length > pnpmHeadLimit) return undefined;
  const { value } = parseYaml('pnpm-lock.yaml', head);
  if (value === undefined) return undefined;
  const lock = objectOf(value);
  const importers = objectOf(lock.importers);
  const importer = lock.importers === undefined && folder === '' ? lock : importers[folder || '.'];
  if (importer === undefined) return null;
  const ranges = new Map<string, string>(stringsOf(objectOf(importer).specifiers));
  for (const section of sections)
    for (const [name, entry] of Object.entries(objectOf(objectOf(importer)[section]))) {
      const specifier = stringOf(objectOf(entry).specifier);
      if (specifier !== null) ranges.set(name, specifier);
    }
  const overridden = new Set(Object.keys(objectOf(lock.overrides)).map(nameIn));
  return {
    rangeOf: (name, range) => (overridden.has(name) ? range : (ranges.get(name) ?? null)),
    names: [...ranges.keys()],
  };
};

/** The last name in `a>b@1`. */
function nameIn(selector: string): string {
  return (selector.split('>').at(-1) ?? '').replace(/(?<=.)@.*$/, '');
}

export const readYarnLock: ReadLocked = (text, folder) =>
  /^__metadata:/m.test(text) ? readBerry(text, folder) : readClassic(text);

function readClassic(text: string): Locked {
  const keys = text
    .split('\n')
    .filter((line) => /^[^\s#].*:$/.test(line))
    .flatMap((line) => line.slice(0, -1).split(', '))
    .map((key) => key.replace(/^"(.*)"$/, '$1'));
  const known = new Set(keys);
  const byName = new Map(keys.map((key) => [key.replace(/(?<=.)@.*$/, ''), key.replace(/^.[^@]*@/, '')]));
  return {
    rangeOf: (name, range) => (known.has(`${name}@${range}`) ? range : (byName.get(name) ?? null)),
    names: null,
  };
}

function readBerry(text: string, folder: string): Locked | null | undefined {
  const workspace = `@workspace:${folder || '.'}`;
  const keysOf = (block: string): readonly string[] =>
    (block.split('\n', 1)[0] ?? '').split(/[",:\s]*(?:"|, |$)/);
  const entry = text.split(/\n(?=\S)/).find((block) => keysOf(block).some((key) => key.endsWith(workspace)));
  if (entry === undefined) return null;
  const { value } = parseYaml('yarn.lock', entry);
  if (value === undefined) return undefined;
  const [fields] = Object.values(objectOf(value));
  const ranges = new Map(stringsOf(objectOf(fields).dependencies));
  return {
    rangeOf(name, range) {
      const locked = ranges.get(name);
      if (locked === undefined) return null;
      return locked === range || locked === `npm:${range}` || locked.startsWith('patch:') ? range : locked;
    },
    names: [...ranges.keys()],
  };
}

/** Only names: how Bundler writes a range is its own. */
export const readGemfileLock: ReadLocked = (text) => {
  const [, section = ''] = text.split(/^DEPENDENCIES$/m);
  const names = [
    ...section
      .split(/\n(?=\S)/, 1)
      .join()
      .matchAll(/^ {2}([^\s(!]+)/gm),
  ].map(([, name = '']) => name);
  const known = new Set(names);
  return { rangeOf: (name, range) => (known.has(name) ? range : null), names: null };
};

export const readGoSum: ReadLocked = (text) => {
  const known = new Set(text.split('\n').map((line) => line.split(' ', 2).join(' ')));
  return { rangeOf: (name, range) => (known.has(`${name} ${range}/go.mod`) ? range : null), names: null };
};
