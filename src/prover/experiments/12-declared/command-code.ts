/** Where the code of a command is: in the tree, made by the build, brought by a dependency, or nowhere. */
import path from 'node:path';
import ignore from 'ignore';
import type { CommandCode } from '../../../factors/12-admin-processes/probe-declared.ts';
import type { MissingScript, Scripts, Start } from '../../command/start.ts';
import { startsOf } from '../../command/start.ts';
import { type AppTree, inside } from '../../tree/app-tree.ts';
import { objectOf, parseJsonWithComments, readJson, stringOf } from '../../tree/json-file.ts';
import { lineOf } from '../../tree/place.ts';
import { readGemfile, readPyproject, readRequirements } from '../02-manifest/manifests.ts';

export interface Place {
  readonly tree: AppTree;
  readonly scripts: Scripts;
  /** Whether a file is in what was built; null: nothing was built. */
  readonly isBuilt: ((file: string) => boolean) | null;
}

/** The worst of what it starts. */
export function codeOf(command: string, place: Place): CommandCode {
  const found = startsOf(command, place.scripts).map((start) => codeOfStart(start, place));
  const order = ['missing', 'ignored', 'unknown', 'shipped'] as const;
  const worst = order.flatMap((kind) => found.filter((code) => code.kind === kind))[0];
  return worst ?? { kind: 'unknown', what: 'the program' };
}

function codeOfStart(start: Start | MissingScript, place: Place): CommandCode {
  if ('script' in start) return { kind: 'missing', what: `the script "${start.script}" of package.json` };
  if (start.file !== null) return codeOfFile(start.file, place);
  if (start.module !== null) return codeOfModule(start.module, place);
  return codeOfProgram(start.program, place);
}

function codeOfFile(named: string, { tree, scripts, isBuilt }: Place): CommandCode {
  const file = inside('Procfile', named);
  if (file === null || file === '.') return { kind: 'unknown', what: named };
  const there = candidates(file).find((name) => tree.has(name));
  if (there !== undefined) return ignoredOr(there, tree);
  if (isBuilt !== null)
    return candidates(file).some(isBuilt) ? { kind: 'shipped', what: file } : { kind: 'missing', what: file };
  if (!scripts.has('build')) return { kind: 'missing', what: file };
  const made = compiledFrom(file, tree);
  if (made === null) return { kind: 'unknown', what: file };
  return made === undefined ? { kind: 'missing', what: file } : ignoredOr(made, tree);
}

/** As Node finds a file. */
function candidates(file: string): readonly string[] {
  return [file, `${file}.js`, `${file}.mjs`, `${file}.cjs`, path.posix.join(file, 'index.js')];
}

function ignoredOr(file: string, tree: AppTree): CommandCode {
  const text = tree.read('.slugignore') ?? '';
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || /^[#!]/.test(line)) continue;
    if (ignore().add(line.trim()).ignores(file))
      return { kind: 'ignored', what: file, by: lineOf('.slugignore', text, index + 1) };
  }
  return { kind: 'shipped', what: file };
}

/** Its source; undefined: the compiler would write it and there is none. Null: nobody knows what the build writes. */
function compiledFrom(file: string, tree: AppTree): string | undefined | null {
  const settings = tree.files.filter((name) => /^[^/]*tsconfig[^/]*\.json$/.test(name));
  for (const name of settings) {
    const options = objectOf(objectOf(parseJsonWithComments(tree.read(name) ?? '')).compilerOptions);
    const out = stringOf(options.outDir);
    const folder = out === null ? null : inside(name, out);
    if (folder === null || !file.startsWith(`${folder}/`)) continue;
    const source = sourceName(file.slice(folder.length + 1));
    return tree.files.find((known) => source.test(known));
  }
  return null;
}

/** Matches where the source of a compiled file may lie. */
function sourceName(compiled: string): RegExp {
  const stem = compiled.replace(/\.[cm]?js$/, '').replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?:^|/)${stem}(?:/index)?\\.[cm]?[jt]sx?$`);
}

function codeOfModule(module: string, { tree }: Place): CommandCode {
  const base = module.replaceAll('.', '/');
  const file = [`${base}.py`, `${base}/__main__.py`, `src/${base}.py`].find((name) => tree.has(name));
  if (file !== undefined) return ignoredOr(file, tree);
  return isNamed(module.split('.')[0] ?? '', tree)
    ? { kind: 'shipped', what: `${module}, a dependency` }
    : { kind: 'unknown', what: module };
}

/** Files by which programs know what to do. */
const driven: Readonly<Record<string, string>> = { rake: 'Rakefile', rails: 'bin/rails', make: 'Makefile' };

function codeOfProgram(program: string, { tree }: Place): CommandCode {
  const file = driven[program];
  if (file !== undefined && tree.has(file)) return ignoredOr(file, tree);
  return isNamed(program, tree)
    ? { kind: 'shipped', what: `${program}, a dependency` }
    : { kind: 'unknown', what: program };
}

/** Packages of Node whose programs have another name. */
const packageOf: Readonly<Record<string, string>> = {
  tsc: 'typescript',
  sequelize: 'sequelize-cli',
  flask: 'flask',
};

function isNamed(program: string, tree: AppTree): boolean {
  const names = new Set(
    [
      ...Object.keys(objectOf(objectOf(readJson(tree, 'package.json')?.value).dependencies)),
      ...Object.keys(objectOf(objectOf(readJson(tree, 'package.json')?.value).devDependencies)),
      ...readRequirements(tree, 'requirements.txt').map(({ name }) => name),
      ...readPyproject(tree, 'pyproject.toml').map(({ name }) => name),
      ...readGemfile(tree, 'Gemfile').map(({ name }) => name),
    ].map((name) => name.toLowerCase()),
  );
  return names.has(program.toLowerCase()) || names.has(packageOf[program] ?? '');
}
