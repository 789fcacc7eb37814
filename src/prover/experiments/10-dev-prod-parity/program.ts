/** The program that a command line starts in the end, so that two lines can be compared. */
import { type Scripts, type Start, startsOf } from '../../command/start.ts';

export interface Around {
  readonly scripts: Scripts;
  /** `main` of `package.json`. */
  readonly main: string | null;
  /** The file that `nest start` compiles and has Node run, from `nest-cli.json`; null: it cannot be told. */
  readonly nestEntry: string | null;
}

/** A name, and the file behind it where it is an interpreter; null: it cannot be told. */
export function programOf(command: string, around: Around): string | null {
  const start = startsOf(command, around.scripts).findLast((one) => 'script' in one || !one.after);
  if (start === undefined || 'script' in start) return null;
  return programOfStart(start, around);
}

/** What runs JavaScript by way of Node, watchers among it. */
const nodes = new Set(['node', 'nodejs', 'tsx', 'ts-node', 'ts-node-dev', 'node-dev', 'nodemon']);

/** What Rails starts, unless told otherwise, is Puma. */
const racks = new Set(['puma', 'rackup']);

/** They start what files of theirs say. */
const launchers = new Set([
  'make',
  'foreman',
  'overmind',
  'hivemind',
  'honcho',
  'concurrently',
  'turbo',
  'nx',
  'pm2',
  'docker',
  'npm',
  'pnpm',
  'yarn',
  'watchexec',
  'watchmedo',
  'supervisord',
  'just',
  'task',
  'rake',
  'java',
]);

function programOfStart({ program, rest, file, module }: Start, { main, nestEntry }: Around): string | null {
  if (launchers.has(program)) return null;
  if (program === 'nest')
    return nestEntry === null || !startsOwnApp(rest) ? null : `node ${entry(nestEntry)}`;
  if (nodes.has(program)) {
    if (rest.some((word) => word === '-x' || word === '--exec')) return null;
    const named = file === '.' ? main : file;
    return named === null ? null : `node ${entry(named)}`;
  }
  if (program === 'bun' || program === 'deno' || program === 'ruby' || program === 'php')
    return file === null ? null : `${program} ${entry(file)}`;
  if (/^python[\d.]*$/.test(program)) {
    if (module !== null)
      return module === 'flask' || serving.has(module) ? module : `python ${module.replaceAll('.', '/')}`;
    if (file === null) return null;
    return file.endsWith('manage.py')
      ? `django ${rest[rest.findIndex((word) => word.endsWith('manage.py')) + 1] ?? ''}`.trim()
      : `python ${entry(file)}`;
  }
  if (program === 'rails') return rest.some((word) => word === 's' || word === 'server') ? 'puma' : null;
  if (racks.has(program)) return 'puma';
  return file === null ? program : null;
}

/** `nest start --watch`, and not that of a project by name, of another file or with another program than Node. */
function startsOwnApp([command, ...options]: readonly string[]): boolean {
  return command === 'start' && options.every((word) => /^-(?!-?(?:e|exec|entryFile)(?:=|$))/.test(word));
}

const serving = new Set(['gunicorn', 'uvicorn', 'hypercorn', 'waitress', 'daphne']);

/** The same for a source and what is compiled from it. */
function entry(file: string): string {
  return file
    .replace(/^\.\//, '')
    .replace(/^(?:(?:dist|build|lib|out)\/)?(?:src\/)?/, '')
    .replace(/\.[cm]?[jt]sx?$/, '')
    .replace(/\.(?:py|rb|php)$/, '');
}
