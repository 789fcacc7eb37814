/** What a check will execute, told before it does: by reading alone. */
import { lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Plan } from './check.ts';
import type { Subject } from './subject.ts';

const sizeLimit = 1024 * 1024;

export function planFor({ folder, tree, commit, scenario }: Subject): Plan {
  return {
    subject: folder,
    commit: commit?.id ?? 'the files as they lie there',
    commands: [
      ...buildCommands(tree),
      ...procfileLines(tree),
      ...scenario.admin.map((command) => `admin: ${command}`),
    ],
  };
}

function buildCommands(tree: string): readonly string[] {
  const manifest = readJson(path.join(tree, 'package.json'));
  if (manifest === null) return [];
  const scripts = record(manifest.scripts);
  const installs =
    Object.keys(record(manifest.dependencies)).length + Object.keys(record(manifest.devDependencies)).length;
  const build = scripts['heroku-postbuild'] ?? scripts.build;
  return [
    ...(installs > 0 ? ['build: install packages by the lockfile, with their install scripts'] : []),
    ...(typeof build === 'string' ? [`build: ${build}`] : []),
    ...(typeof scripts.start === 'string' && read(path.join(tree, 'Procfile')) === null
      ? [`web: ${scripts.start}`]
      : []),
  ];
}

function procfileLines(tree: string): readonly string[] {
  return (read(path.join(tree, 'Procfile')) ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^[A-Za-z0-9_-]+:/.test(line));
}

/** What the build and the scenario's reader say about it, they say themselves. */
function readJson(file: string): Record<string, unknown> | null {
  const text = read(file);
  if (text === null) return null;
  try {
    return record(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function read(file: string): string | null {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.size <= sizeLimit ? readFileSync(file, 'utf8') : null;
}
