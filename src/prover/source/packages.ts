/** What the packages of a tree declare, as far as an import can be held against it. */
import { isBuiltin } from 'node:module';
import { Lang, parse } from '@ast-grep/napi';
import { keyOf, wholeString } from './javascript/nodes.ts';
import { fileReader, type Tree } from './tree.ts';

export interface Packages {
  /** Of the root folder first. */
  readonly all: readonly Package[];
  readonly unreadable: readonly string[];
  /** Files of code without their extension, and folders, for imports from a base folder. */
  readonly paths: ReadonlySet<string>;
}

export interface Package {
  /** Relative to the tree, `''` for its root. */
  readonly folder: string;
  readonly name: string | null;
  /** Installed in production. */
  readonly production: ReadonlySet<string>;
  readonly development: ReadonlySet<string>;
  readonly scripts: Readonly<Record<string, string>>;
  /** Whether its build puts what it imports into files of its own. */
  readonly bundles: boolean;
  readonly hasWorkspaces: boolean;
  /** Of TypeScript's `paths`, each with at most one `*`. */
  readonly aliases: readonly string[];
  /** Of TypeScript's `baseUrl`; null: none. */
  readonly base: string | null;
}

/** How an import stands to what is declared. */
export type Standing = 'known' | 'development' | 'undeclared';

export function packagesOf(tree: Tree): Packages {
  const read = fileReader(tree.root, 1024 * 1024);
  const textOf = (file: string): string | null => {
    const reading = read(file);
    return 'bytes' in reading ? reading.bytes.toString('utf8') : null;
  };
  const known = new Set(tree.files);
  const unreadable: string[] = [];
  const all = tree.files
    .filter((file) => file === 'package.json' || file.endsWith('/package.json'))
    .sort((one, other) => one.split('/').length - other.split('/').length)
    .flatMap((file): readonly Package[] => {
      const folder = file.slice(0, -'package.json'.length).replace(/\/$/, '');
      const manifest = objectIn(textOf(file));
      if (manifest === null) {
        unreadable.push(file);
        return [];
      }
      const workspaces = known.has(within(folder, 'pnpm-workspace.yaml'));
      return [packageOf(folder, manifest, { settings: settingsOf(folder, textOf), workspaces })];
    });
  return { all, unreadable, paths: pathsOf(tree.files) };
}

type Json = Readonly<Record<string, unknown>>;

function objectIn(text: string | null): Json | null {
  try {
    const value: unknown = JSON.parse(text?.replace(/^\uFEFF/, '') ?? 'null');
    return isObject(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const keysOf = (value: unknown): readonly string[] => (isObject(value) ? Object.keys(value) : []);

function textsOf(value: unknown): Readonly<Record<string, string>> {
  const entries = isObject(value) ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])),
  );
}

function packageOf(
  folder: string,
  manifest: Json,
  { settings, workspaces }: { settings: Settings; workspaces: boolean },
): Package {
  const production = ['dependencies', 'optionalDependencies', 'peerDependencies'].flatMap((part) =>
    keysOf(manifest[part]),
  );
  const development = keysOf(manifest.devDependencies);
  const scripts = textsOf(manifest.scripts);
  return {
    folder,
    name: typeof manifest.name === 'string' ? manifest.name : null,
    production: new Set(production),
    development: new Set(development),
    scripts,
    bundles: bundles(scripts, [...production, ...development]),
    hasWorkspaces: workspaces || manifest.workspaces !== undefined,
    aliases: settings.aliases,
    base: settings.base,
  };
}

const bundler =
  /(?:^|[\s/;&])(?:vite|webpack|rollup|esbuild|parcel|next|nuxt|nuxi|astro|remix|react-router|tsup|tsdown|unbuild|ncc|rspack|rsbuild|rolldown|react-scripts|vue-cli-service|svelte-kit|gatsby|microbundle|pkgroll|bun build|ng build)(?=[\s;&]|$)/;
const bundlerPackage =
  /^(?:vite|webpack|rollup|esbuild|parcel|@parcel\/.+|tsup|tsdown|@vercel\/ncc|@rspack\/core|@rsbuild\/core|rolldown)$/;

/** A build script that runs a bundler, or a program of the app's own where a bundler is declared. */
function bundles(scripts: Readonly<Record<string, string>>, declared: readonly string[]): boolean {
  const builds = ['prebuild', 'build', 'postbuild', 'heroku-prebuild', 'heroku-postbuild'];
  const first = builds.flatMap((name) => scripts[name] ?? []);
  const called = first
    .flatMap((script) => [...script.matchAll(/\b(?:npm|pnpm|yarn|bun)\s+(?:run\s+)?([\w:.-]+)/g)])
    .flatMap((match) => scripts[match[1] ?? ''] ?? []);
  const all = [...first, ...called];
  const ownProgram = all.some((script) => /\b(?:node|tsx|bun)\s+\S+\.[cm]?[jt]s\b/.test(script));
  return (
    all.some((script) => bundler.test(script)) ||
    (ownProgram && declared.some((name) => bundlerPackage.test(name)))
  );
}

interface Settings {
  readonly aliases: readonly string[];
  readonly base: string | null;
}

/** `paths` and `baseUrl` of tsconfig.json or jsconfig.json, and of what it extends within the tree. */
function settingsOf(folder: string, textOf: (file: string) => string | null): Settings {
  const aliases: string[] = [];
  let base: string | null = null;
  for (const name of ['tsconfig.json', 'jsconfig.json']) {
    let file: string | null = within(folder, name);
    for (let step = 0; file !== null && step < 8; step += 1) {
      const text = textOf(file);
      if (text === null) break;
      const settings = compilerSettings(text);
      aliases.push(...settings.paths);
      const here = file.slice(0, file.lastIndexOf('/') + 1);
      if (settings.base !== null) base ??= joined(here, settings.base);
      file =
        settings.extended?.startsWith('.') === true
          ? joined(here, settings.extended.replace(/(\.json)?$/, '.json'))
          : null;
    }
  }
  return { aliases, base };
}

/** The file is JSON with comments and trailing commas: JavaScript, as far as it goes. */
function compilerSettings(text: string): {
  paths: readonly string[];
  base: string | null;
  extended: string | null;
} {
  const root = parse(Lang.JavaScript, `(${text})`).root();
  const pairs = root.findAll({ rule: { kind: 'pair' } });
  const settingAt = (key: string) => pairs.find((pair) => keyOf(pair) === key)?.field('value') ?? null;
  const paths = settingAt('paths')?.namedChildren() ?? [];
  return {
    paths: paths.flatMap((pair) => (pair.kind() === 'pair' ? (keyOf(pair) ?? []) : [])),
    base: wholeString(settingAt('baseUrl')),
    extended: wholeString(settingAt('extends')),
  };
}

const within = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

/** A path below the tree; what would leave it ends at its root. */
function joined(here: string, to: string): string {
  const parts: string[] = [];
  for (const part of `${here}${to}`.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

function pathsOf(files: readonly string[]): ReadonlySet<string> {
  const paths = new Set<string>();
  for (const file of files) {
    if (!/\.(?:[cm]?[jt]sx?|json)$/.test(file)) continue;
    paths.add(file).add(file.replace(/\.[^./]+$/, ''));
    for (let end = file.lastIndexOf('/'); end > 0; end = file.lastIndexOf('/', end - 1))
      paths.add(file.slice(0, end));
  }
  return paths;
}

const packageName = /^(?:@[a-z\d~-][a-z\d._~-]*\/)?[a-z\d~-][a-z\d._~-]*$/i;

/** What is no package's name is a path, an address, a name within the package, or an alias of a build tool. */
export function packageIn(specifier: string): string | null {
  if (isBuiltin(specifier) || /^(?:[./#~]|\w+:)/.test(specifier)) return null;
  const bare = specifier.replace(/[?!].*$/, '');
  const name = bare.split('/', bare.startsWith('@') ? 2 : 1).join('/');
  return packageName.test(name) ? name : null;
}

/** How what a file imports stands to its package and to those around it. */
export function standingOf(specifier: string, file: string, packages: Packages): Standing {
  const name = packageIn(specifier);
  if (name === null) return 'known';
  const around = packages.all.filter(({ folder }) => folder === '' || file.startsWith(`${folder}/`));
  if (around.some((one) => one.name === name || one.production.has(name))) return 'known';
  if (around.some((one) => one.aliases.some((alias) => matchesAlias(specifier, alias)))) return 'known';
  if (around.some((one) => one.base !== null && packages.paths.has(within(one.base, specifier))))
    return 'known';
  if (around.some((one) => one.hasWorkspaces) && packages.all.some((one) => one.name === name))
    return 'known';
  if (!around.some((one) => one.development.has(name))) return 'undeclared';
  return around.some((one) => one.bundles) ? 'known' : 'development';
}

function matchesAlias(specifier: string, alias: string): boolean {
  const star = alias.indexOf('*');
  if (star === -1) return specifier === alias;
  return star > 0 && specifier.startsWith(alias.slice(0, star)) && specifier.endsWith(alias.slice(star + 1));
}
