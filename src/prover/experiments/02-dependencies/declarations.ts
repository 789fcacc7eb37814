/** The files of a tree that declare programs, as languages have them or as lists of what a system is to have. */
import { lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Declaration } from '../../../factors/02-dependencies/probe-run.ts';

const sizeLimit = 1024 * 1024;

/** That the file is there declares the language. */
const byLanguage: Readonly<Record<string, readonly string[]>> = {
  'package.json': ['node', 'npm', 'npx'],
  'bun.lock': ['bun'],
  'bun.lockb': ['bun'],
  'deno.json': ['deno'],
  'deno.jsonc': ['deno'],
  'requirements.txt': ['python', 'pip'],
  'pyproject.toml': ['python', 'pip'],
  Pipfile: ['python', 'pip'],
  '.python-version': ['python', 'pip'],
  Gemfile: ['ruby', 'bundle', 'rake', 'gem'],
  '.ruby-version': ['ruby', 'bundle', 'rake', 'gem'],
  'go.mod': ['go'],
  'composer.json': ['php', 'composer'],
  'pom.xml': ['java'],
  'build.gradle': ['java'],
  'build.gradle.kts': ['java'],
  'system.properties': ['java'],
  'Cargo.toml': ['cargo', 'rustc'],
  cpanfile: ['perl'],
};

/** Its words declare what they name. Behind `#` they declare nothing. */
const byWord: readonly string[] = [
  'Aptfile',
  'apt.txt',
  'runtime.txt',
  '.tool-versions',
  'mise.toml',
  '.mise.toml',
  'devbox.json',
  'flake.nix',
  'shell.nix',
  'environment.yml',
  'Dockerfile',
];

export function declarationsIn(tree: string): readonly Declaration[] {
  const languages = Object.entries(byLanguage)
    .filter(([file]) => isFile(tree, file))
    .map(([file, names]) => ({ file, names }));
  const lists = byWord
    .filter((file) => isFile(tree, file))
    .map((file) => ({ file, names: wordsOf(readFileSync(path.join(tree, file), 'utf8')) }));
  return [...languages, ...lists];
}

function isFile(tree: string, file: string): boolean {
  const stat = lstatSync(path.join(tree, file), { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.size <= sizeLimit;
}

/** `python-3.13` and `imagemagick=8:7.1` count without their versions too. */
function wordsOf(text: string): readonly string[] {
  const words = text.split('\n').flatMap((line) => (line.split('#', 1)[0] ?? '').match(/[\w.+-]+/g) ?? []);
  return [...new Set(words.flatMap((word) => [word, word.replace(/[-.\d]+$/, '')]))];
}
