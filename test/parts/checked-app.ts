/** An app of the repository as a codebase of its own, and the check of it. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Factor } from '../../src/factors/law.ts';
import { check } from '../../src/prover/main.ts';
import type { Report } from '../../src/prover/report/report.ts';
import { git } from './git-repository.ts';

export interface Edit {
  readonly file: string;
  /** Must be in the file; null: the file is new. */
  readonly from: string | null;
  /** Null: the file is removed. */
  readonly to: string | null;
}

/**
 * `commit`: everything is committed. `none`: there is no repository. `submodule`: as `commit`, with each path of `.gitmodules`
 * recorded as a commit that was not fetched. `history`: an earlier commit has what lies in `history` in the app's place.
 */
export type CodebaseState = 'commit' | 'none' | 'submodule' | 'history';

export interface Codebase {
  readonly folder: string;
  remove(): void;
}

export interface CodebaseOptions {
  readonly edits?: readonly Edit[];
  readonly state?: CodebaseState;
}

/** A copy of an app as its repository knows it: nothing that was installed or built there. */
export function codebaseOf(app: string, { edits = [], state = 'commit' }: CodebaseOptions = {}): Codebase {
  const place = mkdtempSync(path.join(tmpdir(), 'dozen-checked-'));
  const folder = path.join(place, path.basename(app));
  const names = git(app, 'ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0');
  for (const name of names.filter((each) => each !== '' && each !== 'expected.json'))
    if (existsSync(path.join(app, name)))
      cpSync(path.join(app, name), path.join(folder, name), { verbatimSymlinks: true });
  for (const edit of edits) apply(folder, edit);
  if (state !== 'none') commit(folder, state);
  return { folder, remove: () => rmSync(place, { recursive: true, force: true }) };
}

function apply(folder: string, { file, from, to }: Edit): void {
  const place = path.join(folder, file);
  if (to === null) {
    rmSync(place);
    return;
  }
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, from === null ? to : replaced(readFileSync(place, 'utf8'), { file, from, to }));
}

function replaced(
  text: string,
  { file, from, to }: { readonly file: string; readonly from: string; readonly to: string },
): string {
  if (!text.includes(from)) throw new Error(`${file} does not hold ${JSON.stringify(from)}`);
  return text.replace(from, () => to);
}

function commit(folder: string, state: CodebaseState): void {
  git(folder, 'init', '--quiet', '--initial-branch=main');
  if (state === 'history') commitHistory(folder);
  git(folder, 'add', '--all', '--force');
  if (state === 'submodule') addSubmodules(folder);
  git(folder, 'commit', '--quiet', '--message=All');
}

function commitHistory(folder: string): void {
  const before = path.join(folder, 'history');
  git(folder, `--work-tree=${before}`, 'add', '--all', '--force');
  git(folder, 'commit', '--quiet', '--message=Before');
  rmSync(before, { recursive: true });
}

function addSubmodules(folder: string): void {
  const paths = git(folder, 'config', '--file', '.gitmodules', '--get-regexp', '\\.path$').split('\n');
  for (const line of paths)
    git(
      folder,
      'update-index',
      '--add',
      '--cacheinfo',
      `160000,${'1'.repeat(40)},${line.split(' ')[1] ?? ''}`,
    );
}

export interface Checking {
  readonly factors?: readonly Factor[] | null;
  readonly static?: boolean;
  readonly scenarioFile?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** As `dozen check --yes` does it. */
export function checkApp(folder: string, options: Checking = {}): Promise<Report> {
  return check({
    folder,
    factors: options.factors ?? null,
    static: options.static === true,
    scenarioFile: options.scenarioFile ?? null,
    timeoutMs: options.timeoutMs ?? 300_000,
    signal: options.signal ?? new AbortController().signal,
    onEvent: () => undefined,
    confirm: async () => true,
  });
}

export function brokenIn(report: Report): readonly string[] {
  return report.rows
    .flatMap(({ findings }) => findings)
    .filter(({ outcome }) => outcome === 'broken')
    .map(({ probe }) => probe)
    .sort();
}

/** The work on each, so many at once, in order of the list. */
export async function inParallel<T, R>(
  list: readonly T[],
  many: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < list.length; at = next++) results[at] = await work(list[at] as T);
  };
  await Promise.all(Array.from({ length: many }, worker));
  return results;
}
