/** Reads what is to be checked: a clean tree of the commit, and the scenario in it. */
import { lstatSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DozenError, userError } from '../base/error.ts';
import { defaultSourceLimits, type Snapshot } from '../git/codebase.ts';
import { openWorkingCopy } from '../git/working-copy.ts';
import { readEnvFile } from './scenario/env-file.ts';
import type { SaidSections } from './scenario/known-app.ts';
import { parseScenario, saidIn } from './scenario/parse.ts';
import { emptyScenario, type Scenario, scenarioName } from './scenario/scenario.ts';
import { checkSize } from './scenario/yaml-document.ts';
import type { Subject } from './subject.ts';

export interface OpenSubject {
  readonly subject: Subject;
  readonly snapshot: Snapshot;
  /** The scenario's document as it is written; null: it has none. */
  readonly said: SaidSections | null;
  /** Values of the env file by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Why the scenario that the tree has, or its env file, cannot be read; null: it can. What needs no scenario can be judged. */
  readonly failure: DozenError | null;
}

export interface OpenOptions {
  /** Of this check. */
  readonly work: string;
  readonly scenarioFile: string | null;
  readonly probes: readonly string[];
  readonly signal: AbortSignal;
}

/** @throws what reading the source throws, and, of a scenario that is given by name, why it cannot be read */
export async function openSubject(folder: string, options: OpenOptions): Promise<OpenSubject> {
  const { snapshot, tracked } = await openSnapshot(folder, options.signal);
  const tree = path.join(options.work, 'tree');
  mkdirSync(tree);
  await snapshot.extract(tree, { signal: options.signal });
  const { commit, roots, folder: prefix } = snapshot.revision;
  const shallow = snapshot.warnings.some(({ code }) => code === 'HISTORY_UNKNOWN');
  const known =
    tracked && commit !== null ? { id: commit, roots, shallow, prefix, warnings: snapshot.warnings } : null;
  const leavingLinks = snapshot.leavingLinks.map(({ path: link, target }) => ({
    path: fromGit(link),
    target: fromGit(target),
  }));
  const isLeftOut = (name: string): boolean => leavingLinks.some((link) => link.path === name);
  const { scenario, scenarioFile, said, secrets, failure } = scenarioOf(folder, { tree, options, isLeftOut });
  const subject = { folder, tree, commit: known, leavingLinks, scenario, scenarioFile };
  return { snapshot, said, subject, secrets, failure };
}

interface Reading {
  readonly tree: string;
  readonly options: OpenOptions;
  /** Whether a name of the tree is that of a link which is not in it. */
  readonly isLeftOut: (name: string) => boolean;
}

type ScenarioOf = FoundScenario & Pick<OpenSubject, 'secrets' | 'failure'>;

function scenarioOf(folder: string, { tree, options, isLeftOut }: Reading): ScenarioOf {
  try {
    const found = readScenario(tree, options, isLeftOut);
    const { envFile } = found.scenario;
    return { ...found, secrets: envFile === null ? {} : revealed(folder, envFile), failure: null };
  } catch (error) {
    if (!(error instanceof DozenError) || error.fault !== 'user' || options.scenarioFile !== null)
      throw error;
    return { scenario: emptyScenario, scenarioFile: scenarioName, said: null, secrets: {}, failure: error };
  }
}

const fromGit = (latin1: string): string => Buffer.from(latin1, 'latin1').toString();

/** Of a folder that is in no repository, or of which its repository has no commit, the files as they lie there: that alone is a finding. */
async function openSnapshot(
  folder: string,
  signal: AbortSignal,
): Promise<{ readonly snapshot: Snapshot; readonly tracked: boolean }> {
  const options = { limits: defaultSourceLimits, leavingLinks: 'left out', signal } as const;
  try {
    return { snapshot: await openWorkingCopy(folder, { ...options, from: 'commit' }), tracked: true };
  } catch (error) {
    const untracked = ['NOT_A_REPOSITORY', 'REPOSITORY_EMPTY', 'SOURCE_NOT_COMMITTED'];
    if (!(error instanceof DozenError) || !untracked.includes(error.code)) throw error;
    return { snapshot: await openWorkingCopy(folder, { ...options, from: 'worktree' }), tracked: false };
  }
}

interface FoundScenario extends Pick<OpenSubject, 'said'> {
  readonly scenario: Scenario;
  readonly scenarioFile: string | null;
}

function readScenario(
  tree: string,
  { scenarioFile, probes }: OpenOptions,
  isLeftOut: (name: string) => boolean,
): FoundScenario {
  const file = scenarioFile ?? path.join(tree, scenarioName);
  const where = scenarioFile ?? scenarioName;
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined && scenarioFile === null && !isLeftOut(scenarioName))
    return { scenario: emptyScenario, scenarioFile: null, said: null };
  if (stat === undefined || !stat.isFile())
    throw userError(
      'SCENARIO_MISSING',
      `Cannot read the scenario ${JSON.stringify(where)}: it is not a file`,
      {
        hint: 'dozen check --init writes one',
      },
    );
  checkSize(stat.size, where);
  const text = readFileSync(file, 'utf8');
  const scenario = parseScenario(text, { where, probes });
  return { scenario, scenarioFile: where, said: saidIn(text, where) };
}

function revealed(folder: string, file: string): Readonly<Record<string, string>> {
  const values = [...readEnvFile(folder, file)];
  return Object.fromEntries(values.map(([name, secret]) => [name, secret.reveal()]));
}
