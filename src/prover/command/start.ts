/** Which program a command line starts, and which file of the app it names, behind wrappers and scripts of package.json. */
import path from 'node:path';
import { lineOfWords, simpleCommands, type Words } from './words.ts';

export interface Start {
  /** The command itself, wrappers left out: `bin/rails db:migrate`. */
  readonly line: string;
  /** Its name without a folder: `node`, `gunicorn`. */
  readonly program: string;
  /** What follows it. */
  readonly rest: Words;
  /** The file that an interpreter is given, or that is the program itself. */
  readonly file: string | null;
  /** The module that `python -m` is given. */
  readonly module: string | null;
  /** Whether it is started only when the script that was asked for has ended: `poststart`. */
  readonly after: boolean;
}

/** A script that a command asks for and `package.json` does not have. */
export interface MissingScript {
  readonly script: string;
}

export type Scripts = ReadonlyMap<string, string>;

/** Scripts that call each other are followed this far. */
const depthLimit = 5;

/** Commands that are looked at behind one line: scripts can multiply. */
const startLimit = 500;

/** What a line starts, in order, with the folder that `cd` has led to; of scripts also what npm runs before and after them. */
export function startsOf(line: string, scripts: Scripts): readonly (Start | MissingScript)[] {
  return startsIn(line, { scripts, folder: '', depth: 0, after: false, budget: { left: startLimit } });
}

/** The commands of a line, in order, scripts put in their places. */
export function stepsOf(line: string, scripts: Scripts): readonly string[] {
  return startsOf(line, scripts).map((start) => ('script' in start ? `npm run ${start.script}` : start.line));
}

interface Around {
  readonly scripts: Scripts;
  readonly folder: string;
  readonly depth: number;
  readonly after: boolean;
  readonly budget: { left: number };
}

function startsIn(line: string, around: Around): readonly (Start | MissingScript)[] {
  if (around.depth > depthLimit) return [];
  let { folder } = around;
  return simpleCommands(line).flatMap((words) => {
    if (words[0] === 'cd') folder = path.posix.join(folder, words[1] ?? '');
    return startsOfWords(unwrapped(words), { ...around, folder });
  });
}

function startsOfWords(words: Words, around: Around): readonly (Start | MissingScript)[] {
  const [first, ...rest] = words;
  if (first === undefined || silent.has(first) || around.budget.left-- <= 0) return [];
  const program = path.posix.basename(first);
  const deeper = { ...around, depth: around.depth + 1 };
  const inner = shells.has(program) ? lineGivenTo(rest) : null;
  if (inner !== null) return startsIn(inner, deeper);
  const script = scriptAskedFor(program, rest, around.scripts);
  if (script !== null) return startsOfScript(script, { program, around: deeper });
  const executed = packageRunner(program, rest);
  if (executed !== null) return startsOfWords(unwrapped(executed), around);
  const { file, module } = namedBy(first, program, rest);
  const { folder, after } = around;
  const line = lineOfWords(words);
  return [{ line, program, rest, module, after, file: file === null ? null : path.posix.join(folder, file) }];
}

function startsOfScript(
  script: string,
  { program, around }: { readonly program: string; readonly around: Around },
): readonly (Start | MissingScript)[] {
  const line = around.scripts.get(script);
  if (line === undefined) return [{ script }];
  const beside = (name: string, after: boolean): readonly (Start | MissingScript)[] => {
    const own = program === 'node' ? undefined : around.scripts.get(name);
    return own === undefined ? [] : startsIn(own, { ...around, after });
  };
  return [
    ...beside(`pre${script}`, around.after),
    ...startsIn(line, around),
    ...beside(`post${script}`, true),
  ];
}

/** They start nothing that goes on. */
const silent = new Set([
  'cd',
  'export',
  'set',
  'echo',
  'true',
  ':',
  'source',
  '.',
  'mkdir',
  'sleep',
  'test',
  '[',
]);

const shells = new Set(['sh', 'bash', 'dash', 'zsh', 'ash']);

function lineGivenTo(words: Words): string | null {
  const at = words.findIndex((word) => /^-[a-z]*c$/.test(word));
  return at === -1 ? null : (words[at + 1] ?? null);
}

/** Words before the program that change only what is around it. */
const wrappers: readonly (readonly [string, ...string[]])[] = [
  ['exec'],
  ['env'],
  ['cross-env'],
  ['cross-env-shell'],
  ['time'],
  ['nohup'],
  ['tini', '--'],
  ['dumb-init', '--'],
  ['dumb-init'],
  ['dotenv', '--'],
  ['bundle', 'exec'],
  ['poetry', 'run'],
  ['uv', 'run'],
  ['pipenv', 'run'],
  ['pdm', 'run'],
];

function unwrapped(words: Words): Words {
  const [first] = words;
  if (first !== undefined && /^[A-Za-z_]\w*=/.test(first)) return unwrapped(words.slice(1));
  const wrapper = wrappers.find((parts) => parts.every((part, index) => words[index] === part));
  return wrapper === undefined ? words : unwrapped(words.slice(wrapper.length));
}

const managers = new Set(['npm', 'pnpm', 'yarn', 'bun']);

/** Commands of package managers that are not scripts. */
const managed = new Set([
  'install',
  'ci',
  'exec',
  'dlx',
  'x',
  'add',
  'audit',
  'prune',
  'rebuild',
  'config',
  'node',
]);

function scriptAskedFor(program: string, words: Words, scripts: Scripts): string | null {
  if (program === 'node') {
    const at = words.indexOf('--run');
    return at === -1 ? (givenTo(words, '--run') ?? null) : (words[at + 1] ?? null);
  }
  if (!managers.has(program)) return null;
  const [verb, name] = words.filter((word) => !word.startsWith('-'));
  if (verb === undefined) return null;
  if (verb === 'run' || verb === 'run-script') return name ?? null;
  if (program !== 'bun' && (verb === 'start' || verb === 'test')) return verb;
  return program !== 'npm' && !managed.has(verb) && scripts.has(verb) ? verb : null;
}

function givenTo(words: Words, flag: string): string | undefined {
  return words.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1);
}

function packageRunner(program: string, words: Words): Words | null {
  const bare = words.filter(
    (word, index) => !(word.startsWith('-') && words.slice(0, index).every((w) => w.startsWith('-'))),
  );
  if (program === 'npx' || program === 'bunx') return bare;
  if (!managers.has(program)) return null;
  const [verb, ...rest] = bare;
  if (verb === 'exec' || verb === 'dlx' || verb === 'x')
    return rest.filter((word, index) => index > 0 || word !== '--');
  return (program === 'pnpm' || program === 'yarn') && verb !== undefined && !managed.has(verb) ? bare : null;
}

/** Flags that take the next word, by interpreter. */
const interpreters: Readonly<Record<string, ReadonlySet<string>>> = {
  node: new Set([
    '-r',
    '--require',
    '--import',
    '--loader',
    '--experimental-loader',
    '-C',
    '--conditions',
    '--env-file',
    '--watch-path',
  ]),
  tsx: new Set(['--import', '--env-file', '--tsconfig', '--require', '-r']),
  'ts-node': new Set(['-P', '--project', '-r', '--require', '-O']),
  'ts-node-dev': new Set(['-P', '--project', '-r', '--require', '--watch', '--debounce']),
  'node-dev': new Set(),
  nodemon: new Set([
    '-w',
    '--watch',
    '-e',
    '--ext',
    '-i',
    '--ignore',
    '-d',
    '--delay',
    '-s',
    '--signal',
    '-C',
    '--config',
  ]),
  bun: new Set(['--preload', '-r', '--env-file']),
  deno: new Set(),
  python: new Set(['-X', '-W']),
  ruby: new Set(['-I', '-r']),
  php: new Set(['-d', '-c', '-t', '-S']),
  perl: new Set(['-I']),
  sh: new Set(['-o']),
  bash: new Set(['-o']),
};

function namedBy(first: string, program: string, words: Words): Pick<Start, 'file' | 'module'> {
  const flags = interpreters[/^python[\d.]+$/.test(program) ? 'python' : program];
  if (flags === undefined) {
    const isOwn =
      first.includes('/') &&
      !path.posix.isAbsolute(first) &&
      !/(^|\/)(node_modules\/\.bin|\.?venv\/bin)\//.test(first);
    return { file: isOwn ? first : null, module: null };
  }
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '-m' && program.startsWith('python')) return { file: null, module: words[at + 1] ?? null };
    if (word === '-e' || word === '--eval' || word === '-p' || (word === '-c' && program !== 'php'))
      return { file: null, module: null };
    if (flags.has(word)) at++;
    else if (!word.startsWith('-') && !verbs.has(word)) return { file: word, module: null };
  }
  return { file: null, module: null };
}

/** Words that interpreters take before the file. */
const verbs = new Set(['watch', 'run', 'serve']);
