/** Links, dependencies and compiler settings that name a place outside the tree. */
import path from 'node:path';
import type { Leaving } from '../../../factors/01-codebase/probes.ts';
import { type AppTree, inside, isOwn, type TreeLink } from '../../tree/app-tree.ts';
import {
  type Json,
  listOf,
  objectOf,
  parseJsonWithComments,
  readJson,
  stringOf,
  stringsOf,
  withoutComments,
} from '../../tree/json-file.ts';
import { lineOf, lineOfKey } from '../../tree/place.ts';
import { readYaml } from '../../tree/yaml-file.ts';

/** @param leftOut links that are not in the tree since they lead out of it */
export function leavingReferences(tree: AppTree, leftOut: readonly TreeLink[]): readonly Leaving[] {
  return [
    ...linksOf(leftOut),
    ...linksOf(leavingLinks(tree)),
    ...tree.files.filter(isOwn).flatMap((file) => leavingIn(tree, file)),
  ];
}

function leavingLinks(tree: AppTree): readonly TreeLink[] {
  return tree.links.filter(({ path: link, target }) => inside(link, target) === null);
}

function linksOf(links: readonly TreeLink[]): readonly Leaving[] {
  return links.map(({ path: link, target }) => ({
    kind: 'link',
    target,
    at: { kind: 'source', file: link, line: 1, text: `${link} -> ${target}` },
  }));
}

function leavingIn(tree: AppTree, file: string): Leaving[] {
  const name = path.posix.basename(file);
  if (name === 'package.json') return inPackageJson(tree, file);
  if (/^[tj]sconfig(\..+)?\.json$/.test(name)) return inCompilerSettings(tree, file);
  if (name === 'pnpm-workspace.yaml') return inPnpmWorkspace(tree, file);
  const pattern = localPaths.find(({ names }) => names.test(name))?.pattern;
  return pattern === undefined ? [] : inLines(tree, { file, pattern });
}

const dependencySections = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

function inPackageJson(tree: AppTree, file: string): Leaving[] {
  const json = readJson(tree, file);
  if (json === null) return [];
  const manifest = objectOf(json.value);
  const found = (target: string, keys: readonly string[]): Leaving[] =>
    inside(file, target) === null
      ? [{ kind: 'dependency', target, at: lineOfKey(file, json.text, keys) }]
      : [];
  const dependencies = dependencySections.flatMap((section) =>
    stringsOf(manifest[section]).flatMap(([name, range]) => {
      const target = localPath(range);
      return target === null ? [] : found(target, [section, name]);
    }),
  );
  const { workspaces } = manifest;
  const patterns = [...listOf(workspaces), ...listOf(objectOf(workspaces).packages)];
  return [...dependencies, ...texts(patterns).flatMap((pattern) => found(pattern, ['workspaces']))];
}

/** The path that a range of a package manager names, if it names one. */
function localPath(range: string): string | null {
  const [, named] = /^(?:file|link|portal):(?:\/\/)?(.+)$/.exec(range) ?? [];
  return named ?? (/^(?:\.{1,2}\/|\/|~\/)/.test(range) ? range : null);
}

function inPnpmWorkspace(tree: AppTree, file: string): Leaving[] {
  const yaml = readYaml(tree, file);
  return listOf(objectOf(yaml?.value).packages).flatMap((pattern, index) =>
    typeof pattern === 'string' && inside(file, pattern.replace(/^!/, '')) === null && yaml !== null
      ? [{ kind: 'dependency' as const, target: pattern, at: yaml.line(['packages', index]) }]
      : [],
  );
}

function inCompilerSettings(tree: AppTree, file: string): Leaving[] {
  const text = withoutComments(tree.read(file) ?? '');
  const settings = objectOf(parseJsonWithComments(text));
  const options = objectOf(settings.compilerOptions);
  const base = stringOf(options.baseUrl) ?? '.';
  const named: (readonly [string, readonly string[]])[] = [
    ...extended(settings.extends).map((name) => [name, ['extends']] as const),
    ...listOf(settings.references).flatMap((reference) =>
      texts([objectOf(reference).path ?? null]).map((name) => [name, ['references', 'path']] as const),
    ),
    ...(['include', 'files'] as const).flatMap((key) =>
      texts(listOf(settings[key])).map((name) => [name, [key]] as const),
    ),
    ...Object.entries(objectOf(options.paths)).flatMap(([alias, places]) =>
      texts(listOf(places)).map((name) => [path.posix.join(base, name), ['paths', alias]] as const),
    ),
  ];
  return named
    .filter(([target]) => inside(file, target) === null)
    .map(([target, keys]) => ({ kind: 'compiler setting', target, at: lineOfKey(file, text, keys) }));
}

/** Only paths: a bare name is a package. */
function extended(value: Json | undefined): readonly string[] {
  return texts(Array.isArray(value) ? value : [value ?? null]).filter((name) => /^[./]/.test(name));
}

function texts(values: readonly Json[]): readonly string[] {
  return values.filter((value) => typeof value === 'string');
}

/** How manifests that are read line by line name a path. */
const localPaths: readonly { readonly names: RegExp; readonly pattern: RegExp }[] = [
  { names: /^requirements.*\.(txt|in)$/, pattern: /^(?:-e\s+|--editable[= ])?(?:file:)?((?:\.\.?)?\/\S*)/ },
  { names: /^pyproject\.toml$/, pattern: /\bpath\s*=\s*["']((?:\.\.?)?\/[^"']*|\.\.)["']/ },
  { names: /^(Gemfile|gems\.rb)$/, pattern: /\bpath(?::|\s*=>)\s*["']([^"']+)["']/ },
  { names: /^go\.(mod|work)$/, pattern: /(?:=>|^use|^)\s*((?:\.\.?\/|\/)\S*)/ },
];

function inLines(
  tree: AppTree,
  { file, pattern }: { readonly file: string; readonly pattern: RegExp },
): Leaving[] {
  const text = tree.read(file) ?? '';
  return text.split('\n').flatMap((line, index) => {
    const code = line.replace(/(?:^|\s)(?:#|\/\/).*$/, '').trim();
    const [, target] = pattern.exec(code) ?? [];
    if (target === undefined || inside(file, target) !== null) return [];
    return [{ kind: 'dependency' as const, target, at: lineOf(file, text, index + 1) }];
  });
}
