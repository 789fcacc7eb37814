import {
  type CredentialFacts,
  type DeclarationFacts,
  declaresItsVariables,
  doesNotBranchOnEnvironmentNames,
  type EnvironmentNameFacts,
  type HistoryFacts,
  hasNoCredentialsInCode,
  hasNoCredentialsInHistory,
} from '../../factors/03-config/probe-source.ts';
import { type Observation, seen, unseen } from '../../factors/law.ts';
import { type Experiment, sourceExperiment } from '../experiment.ts';
import { declaredVariables, namesInDotenv } from '../source/declared-variables.ts';
import type { EnvironmentNameHit, Hit, PassedOnHit, VariableHit } from '../source/hit.ts';
import { type CodeReading, credentialsOf, historyOf, readingOf } from '../source/reading.ts';
import { fileReader } from '../source/tree.ts';
import type { Subject } from '../subject.ts';
import { Unobservable } from '../unobservable.ts';
import { evidenceAt, observeCode, unreadOf } from './code.ts';

async function credentials(subject: Subject, signal: AbortSignal): Promise<CredentialFacts> {
  const [{ found, unread }, code] = await Promise.all([
    credentialsOf(subject, signal),
    fallbacks(subject, signal),
  ]);
  return {
    found: found.map(({ what, ...at }) => ({ what, evidence: evidenceAt(at) })),
    fallbacks: code.fallbacks,
    unread: [...unread.map(({ file, why }) => `${file}: ${why}`), ...code.unread],
  };
}

/** That the code cannot be read makes no credential unseen that stands in a file of text. */
async function fallbacks(
  subject: Subject,
  signal: AbortSignal,
): Promise<Pick<CredentialFacts, 'fallbacks' | 'unread'>> {
  try {
    const reading = await readingOf(subject, signal);
    const { files, hits } = reading.scan;
    const found = hits.flatMap((hit) =>
      hit.kind === 'secret-fallback' ? [{ variable: hit.variable, evidence: evidenceAt(hit.at) }] : [],
    );
    const isWhole = files.app > 0 && unreadOf(reading).length === 0;
    return { fallbacks: found.length > 0 || isWhole ? found : null, unread: [] };
  } catch (error) {
    if (error instanceof Unobservable) return { fallbacks: null, unread: [error.message] };
    throw error;
  }
}

async function history(subject: Subject, signal: AbortSignal): Promise<Observation<HistoryFacts>> {
  if (subject.commit === null) {
    return unseen(
      'The folder is in no Git repository: there is no history to search',
      'dozen check, in a clone of its repository',
    );
  }
  const standing = new Set((await credentialsOf(subject, signal)).found.map(({ digest }) => digest));
  const { found, cutOff } = await historyOf(subject, subject.commit.id, signal);
  const shallow = subject.commit.shallow ? 'The clone is shallow: its history is not all there' : null;
  return seen({
    found: found
      .filter(({ digest }) => !standing.has(digest))
      .map(({ what, commit, text, ...at }) => {
        return { what, evidence: evidenceAt({ ...at, text: `${commit.slice(0, 12)}: ${text}` }) };
      }),
    cutOff: cutOff ?? shallow,
    ...(shallow !== null && { prove: 'git fetch --unshallow' }),
  });
}

function environmentNames(reading: CodeReading): EnvironmentNameFacts {
  const branches = reading.scan.hits
    .filter((hit): hit is EnvironmentNameHit => hit.kind === 'environment-name')
    .map(({ variable, use, values, at }) => ({ variable, use, values, evidence: evidenceAt(at) }));
  return { branches, unread: unreadOf(reading) };
}

function declarations(subject: Subject, reading: CodeReading): DeclarationFacts {
  const { scan, tree } = reading;
  const passedOn = scan.hits.filter((hit): hit is PassedOnHit => hit.kind === 'environment-passed-on');
  const read = new Map<string, VariableHit>();
  for (const hit of scan.hits) {
    const counts = isVariable(hit) && (hit.through === 'environment' || passedOn.length > 0);
    if (counts && !read.has(hit.name)) read.set(hit.name, hit);
  }
  return {
    read: [...read.values()].map(({ name, at }) => ({ name, evidence: evidenceAt(at) })),
    declared: [...declaredVariables(tree), ...Object.keys(subject.scenario.env), ...namesOfEnvFile(subject)],
    passedOn: passedOn.map(({ at }) => evidenceAt(at)),
    unread: unreadOf(reading),
  };
}

const isVariable = (hit: Hit): hit is VariableHit => hit.kind === 'variable';

/** The names alone: its values are secret. */
function namesOfEnvFile({ scenario, tree }: Subject): readonly string[] {
  if (scenario.envFile === null) return [];
  const reading = fileReader(tree, 1024 * 1024)(scenario.envFile);
  return 'bytes' in reading ? namesInDotenv(reading.bytes.toString('utf8')) : [];
}

export const experiments: readonly Experiment[] = [
  sourceExperiment<CredentialFacts>({
    factor: 'config',
    name: 'credentials in the code',
    probes: [hasNoCredentialsInCode],
    collect: async (subject, signal) => seen(await credentials(subject, signal)),
  }),
  sourceExperiment<HistoryFacts>({
    factor: 'config',
    name: 'credentials in the history',
    probes: [hasNoCredentialsInHistory],
    collect: history,
  }),
  sourceExperiment<EnvironmentNameFacts>({
    factor: 'config',
    name: 'names of environments in the code',
    probes: [doesNotBranchOnEnvironmentNames],
    collect: (subject, signal) => observeCode(subject, { signal, facts: environmentNames }),
  }),
  sourceExperiment<DeclarationFacts>({
    factor: 'config',
    name: 'variables that the code names',
    probes: [declaresItsVariables],
    collect: (subject, signal) =>
      observeCode(subject, { signal, facts: (reading) => declarations(subject, reading) }),
  }),
];
