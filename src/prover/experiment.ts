/**
 * One experiment: what is done to an app, and the probes that judge what was seen.
 *
 * An experiment reads the tree alone (`source`), looks at how the build went (`build`), or runs the app (`run`). It gives an observation; each of its probes makes a
 * finding of it. An experiment that cannot go on throws `Unobservable`, and all its probes are unproven for that reason.
 */
import type { Factor, Finding, Observation, Probe, ProbeDefinition } from '../factors/law.ts';
import { judge, unproven, unseen } from '../factors/law.ts';
import type { Lab } from './lab/lab.ts';
import type { BuildAttempt, Subject } from './subject.ts';
import { Unobservable } from './unobservable.ts';

interface Common {
  readonly factor: Factor;
  /** A few words, for progress: `SIGTERM with a slow request in flight`. */
  readonly name: string;
  readonly probes: readonly ProbeDefinition[];
}

export interface SourceExperiment extends Common {
  readonly kind: 'source';
  run(subject: Subject, signal: AbortSignal): Promise<readonly Finding[]>;
}

export interface RunExperiment extends Common {
  readonly kind: 'run';
  run(lab: Lab): Promise<readonly Finding[]>;
}

/** Judges how building went. */
export interface BuildExperiment extends Common {
  readonly kind: 'build';
  run(attempt: BuildAttempt, subject: Subject): Promise<readonly Finding[]>;
}

export type Experiment = SourceExperiment | BuildExperiment | RunExperiment;

export interface SourceSpec<Facts> {
  readonly factor: Factor;
  readonly name: string;
  readonly probes: readonly Probe<Facts>[];
  collect(subject: Subject, signal: AbortSignal): Promise<Observation<Facts>>;
}

export interface BuildSpec<Facts> {
  readonly factor: Factor;
  readonly name: string;
  readonly probes: readonly Probe<Facts>[];
  collect(attempt: BuildAttempt, subject: Subject): Promise<Observation<Facts>>;
}

export interface RunSpec<Facts> {
  readonly factor: Factor;
  readonly name: string;
  readonly probes: readonly Probe<Facts>[];
  collect(lab: Lab): Promise<Observation<Facts>>;
}

export function sourceExperiment<Facts>(spec: SourceSpec<Facts>): SourceExperiment {
  return {
    kind: 'source',
    factor: spec.factor,
    name: spec.name,
    probes: spec.probes,
    run: async (subject, signal) =>
      judgeAll(spec.probes, await observed(() => spec.collect(subject, signal))),
  };
}

export function buildExperiment<Facts>(spec: BuildSpec<Facts>): BuildExperiment {
  return {
    kind: 'build',
    factor: spec.factor,
    name: spec.name,
    probes: spec.probes,
    run: async (attempt, subject) =>
      judgeAll(spec.probes, await observed(() => spec.collect(attempt, subject))),
  };
}

export function runExperiment<Facts>(spec: RunSpec<Facts>): RunExperiment {
  return {
    kind: 'run',
    factor: spec.factor,
    name: spec.name,
    probes: spec.probes,
    run: async (lab) => judgeAll(spec.probes, await observed(() => spec.collect(lab))),
  };
}

async function observed<Facts>(collect: () => Promise<Observation<Facts>>): Promise<Observation<Facts>> {
  try {
    return await collect();
  } catch (error) {
    if (error instanceof Unobservable) return unseen(error.message, error.prove);
    throw error;
  }
}

function judgeAll<Facts>(
  probes: readonly Probe<Facts>[],
  observation: Observation<Facts>,
): readonly Finding[] {
  return probes.map((probe) => judge(probe, observation));
}

/** For probes whose experiment was not made. */
export function unprovenAll({ probes }: Experiment, why: string, prove?: string): readonly Finding[] {
  return probes.map(({ id }) => ({ probe: id, ...unproven(why, prove) }));
}

/** Why a build that failed leaves something unproven: the same sentence wherever it does. */
export function whyNotBuilt({ message }: { readonly message: string }): string {
  return `The app does not build: ${message.replace(/^Cannot build: /, '')}`;
}
