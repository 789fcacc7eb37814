/** Reads the code of a tree once, and keeps what it says. */
import { setImmediate } from 'node:timers/promises';
import { answersAhead } from './ahead.ts';
import type { Hit } from './hit.ts';
import { javascript } from './javascript/javascript.ts';
import type { Asked, Language } from './language.ts';
import { type Role, roleOf } from './role.ts';
import { fileReader, type Tree } from './tree.ts';
import type { Watch } from './watch.ts';

export interface Scan {
  /** Files of code by what they are there for. Only those of the app are read. */
  readonly files: Readonly<Record<Role, number>>;
  readonly hits: readonly Hit[];
  /** Code of the app that was not read. */
  readonly unread: readonly { readonly file: string; readonly why: string }[];
  /** Languages that the app has code in and no door is there for, with how many files. */
  readonly otherLanguages: Readonly<Record<string, number>>;
}

export const languages: readonly Language[] = [javascript];

const others: Readonly<Record<string, string>> = {
  py: 'Python',
  rb: 'Ruby',
  go: 'Go',
  php: 'PHP',
  java: 'Java',
  kt: 'Kotlin',
  rs: 'Rust',
  cs: 'C#',
  ex: 'Elixir',
  exs: 'Elixir',
  coffee: 'CoffeeScript',
};

const sizeLimit = 1024 * 1024;

export async function scanCode(
  tree: Tree,
  { asked, started, watch }: { asked: Asked; started: ReadonlySet<string>; watch: Watch },
): Promise<Scan> {
  const read = fileReader(tree.root, sizeLimit);
  const files: Record<Role, number> = { app: 0, test: 0, tooling: 0, asset: 0 };
  const answers = answersAhead(watch);
  const unread: { file: string; why: string }[] = [];
  const otherLanguages: Record<string, number> = {};
  let turn = performance.now();
  for (const file of tree.files) {
    const language = languageOf(file);
    const role = roleOf(file, started);
    if (language === null) {
      if (role === 'app') count(otherLanguages, others[extensionOf(file)]);
      continue;
    }
    if (role !== 'app') {
      files[role] += 1;
      continue;
    }
    const reading = watch.isHard(file) ? { unread: watch.hard } : read(file);
    const why = 'unread' in reading ? reading.unread : whyNotCode(reading.bytes, file, started);
    if (why !== null) unread.push({ file, why });
    else if ('bytes' in reading) {
      const latin1 = reading.bytes.toString('latin1');
      if (!language.hasCode(latin1)) continue;
      files.app += 1;
      const questions = language.mayAnswer(latin1, file, asked);
      if (questions.length > 0)
        await answers.ask({ language, questions, asked, source: { file, text: textOf(reading.bytes) } });
    }
    if (performance.now() - turn < 20) continue;
    await setImmediate();
    watch.signal.throwIfAborted();
    watch.begins(file);
    turn = performance.now();
  }
  return { files, hits: await answers.all(), unread, otherLanguages };
}

const extensionOf = (file: string): string => /\.([^./]+)$/.exec(file)?.[1]?.toLowerCase() ?? '';

const textOf = (bytes: Buffer): string => bytes.toString('utf8').replace(/^\uFEFF/, '');

function languageOf(file: string): Language | null {
  const extension = extensionOf(file);
  return languages.find(({ extensions }) => extensions.includes(extension)) ?? null;
}

function count(counts: Record<string, number>, name: string | undefined): void {
  if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1;
}

/** A file that the app starts is read whatever it looks like. */
function whyNotCode(bytes: Buffer, file: string, started: ReadonlySet<string>): string | null {
  if (bytes.includes(0)) return 'it is not text';
  if (started.has(file) || bytes.length < 32 * 1024) return null;
  return linesIn(bytes) * 400 < bytes.length ? 'it is minified' : null;
}

function linesIn(bytes: Buffer): number {
  let lines = 1;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines += 1;
  return lines;
}
