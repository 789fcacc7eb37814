/** What a tree declares to be run, and where each command stands. */
import { lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DozenError } from '../../../base/error.ts';
import type {
  DeclaredCommand,
  RunDeclarationFacts,
} from '../../../factors/05-build-release-run/probe-declared.ts';
import { parseProcfile, procfileLimit } from '../../../factors/05-build-release-run/procfile.ts';
import type { Evidence } from '../../../factors/law.ts';
import { type Scripts, stepsOf } from '../../command/start.ts';

const sizeLimit = 1024 * 1024;

export function runDeclarationIn(tree: string): RunDeclarationFacts {
  const manifest = read(tree, 'package.json');
  const scripts = scriptsIn(manifest);
  const absence =
    manifest === null ? nowhere : lineOf('package.json', manifest, ({ text }) => text.includes('"scripts"'));
  const none = { complaint: null, absence, site: isSite(tree, manifest) };
  const size = sizeOf(tree, 'Procfile');
  if (size > sizeLimit) return { ...none, ...tooLarge(size), file: 'Procfile' };
  const procfile = read(tree, 'Procfile');
  if (procfile !== null) return { ...none, ...inProcfile(procfile, scripts), file: 'Procfile' };
  if (!scripts.has('start')) return { ...none, file: null, commands: [] };
  const at = lineOf('package.json', manifest ?? '', ({ text }) => /"start"\s*:/.test(text));
  const command = { type: 'web', command: 'npm start', steps: stepsOf('npm start', scripts), at };
  return { ...none, file: 'package.json', commands: [command] };
}

function inProcfile(text: string, scripts: Scripts): Pick<RunDeclarationFacts, 'commands' | 'complaint'> {
  try {
    const commands = Object.entries(parseProcfile(text).processTypes).map(
      ([type, command]): DeclaredCommand => ({
        type,
        command,
        steps: stepsOf(command, scripts),
        at: lineOf('Procfile', text, (line) => line.text.trim().split(/\s*:/, 1)[0] === type),
      }),
    );
    return { commands, complaint: null };
  } catch (error) {
    if (!(error instanceof DozenError)) throw error;
    const number = Number(/Procfile:(\d+)/.exec(error.message)?.[1] ?? 1);
    const at = lineOf('Procfile', text, (line) => line.number === number);
    return { commands: [], complaint: { message: error.message, at } };
  }
}

/** As its own reader says it. */
function tooLarge(size: number): Pick<RunDeclarationFacts, 'commands' | 'complaint'> {
  const message = `Cannot read Procfile: ${size} bytes are over the limit of ${procfileLimit}`;
  return { commands: [], complaint: { message, at: lineOf('Procfile', '', () => true) } };
}

interface Line {
  readonly number: number;
  readonly text: string;
}

/** The first line that is meant; the first of all when none is. */
function lineOf(file: string, text: string, isMeant: (line: Line) => boolean): Evidence {
  const lines = text.split(/\r?\n/).map((line, index) => ({ number: index + 1, text: line }));
  const line = lines.find(isMeant) ?? lines[0];
  return { kind: 'source', file, line: line?.number ?? 1, text: (line?.text ?? '').trim().slice(0, 300) };
}

const nowhere: Evidence = {
  kind: 'event',
  process: 'source',
  atMs: 0,
  what: 'the tree has no Procfile and no package.json',
};

/** As the builder of sites knows them. */
function isSite(tree: string, manifest: string | null): boolean {
  return manifest === null && ['index.html', 'static.json'].some((name) => read(tree, name) !== null);
}

/** Of what is no manifest the build says so. */
function scriptsIn(manifest: string | null): Scripts {
  const found: unknown = manifest === null ? {} : parsed(manifest);
  const { scripts } = (typeof found === 'object' && found !== null ? found : {}) as { scripts?: unknown };
  if (typeof scripts !== 'object' || scripts === null) return new Map();
  return new Map(
    Object.entries(scripts).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** Bytes of a file; 0: it is none. */
function sizeOf(tree: string, name: string): number {
  const stat = lstatSync(path.join(tree, name), { throwIfNoEntry: false });
  return stat?.isFile() === true ? stat.size : 0;
}

function read(tree: string, name: string): string | null {
  const file = path.join(tree, name);
  const stat = lstatSync(file, { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.size <= sizeLimit ? readFileSync(file, 'utf8') : null;
}
