/** What is known of an app's variables, and how it is told. */
import { type Evidence, type Judgement, unproven } from '../law.ts';

/** One deploy with exactly the declared variables, and processes of it with one variable taken away or changed. */
export interface VariableFacts {
  /** Names of what it was given. */
  readonly given: readonly string[];
  /** Why the release phase failed; null when it did not, or there is none. */
  readonly releaseFailure: FailedStart | null;
  /** Every process type once; empty when the release phase failed. */
  readonly starts: readonly StartFact[];
  /** Variables that nothing has a default for, each taken away. */
  readonly removals: readonly RemovalFact[];
  /** Variables that the app itself declares and somebody chooses: no services, no generated secrets. */
  readonly own: readonly string[];
  /** The changes that the scenario knows of. */
  readonly changes: readonly ChangeFact[];
}

export interface FailedStart {
  readonly process: string;
  readonly atMs: number;
  readonly why: string;
  /** What it printed last, oldest first, without secrets. */
  readonly lastLines: readonly string[];
}

export interface StartFact {
  readonly process: string;
  readonly atMs: number;
  readonly failure: FailedStart | null;
}

export interface RemovalFact {
  readonly variable: string;
  /** One for each process type. */
  readonly runs: readonly RunWithout[];
}

/** What a process did without the variable. */
export interface RunWithout {
  readonly process: string;
  readonly atMs: number;
  /**
   * `ended`: by itself; `waits`: never became ready; `serves`: answers as if nothing was missing; `fails`: became ready, and requests
   * fail; `lives`: has no requests to ask, and goes on.
   */
  readonly did: 'ended' | 'waits' | 'serves' | 'fails' | 'lives';
  /** The same in words: `ended with code 1`, `answered GET / with 500`. */
  readonly what: string;
  /** Whether an ending says that all was well. */
  readonly endedWell: boolean;
  /** The first line of its output that names the variable. */
  readonly naming: string | null;
  readonly lastLine: string | null;
}

export interface ChangeFact {
  readonly variable: string;
  readonly request: string;
  /** What shows the value: the answer, or a line that is logged. */
  readonly shownBy: 'answer' | 'line';
  readonly withValue: AnswerFact;
  readonly without: AnswerFact;
}

export interface AnswerFact {
  readonly process: string;
  readonly atMs: number;
  /** Whether it was sent: not where its visitor cannot sign in. */
  readonly sent: boolean;
  /** `200`, or what went wrong. */
  readonly answer: string;
  readonly answered: boolean;
  readonly matches: boolean;
}

export const source = 'https://12factor.net/config';

/** Null when every type starts: only then does a difference tell something. */
export function idleness({ releaseFailure, starts }: VariableFacts): Judgement | null {
  const failure = releaseFailure ?? starts.find((each) => each.failure !== null)?.failure ?? null;
  return failure === null
    ? null
    : unproven(`Even with all its variables ${starterOf(failure)}: ${failure.why}`);
}

export function starterOf({ process }: FailedStart): string {
  return process === 'release' ? 'the release phase fails' : `${process} does not start`;
}

/** What happened first stands first. */
export function inOrder(evidence: readonly Evidence[]): readonly Evidence[] {
  const timeOf = (each: Evidence): number => (each.kind === 'event' ? each.atMs : 0);
  return [...evidence].sort((a, b) => timeOf(a) - timeOf(b));
}

export function event(process: string, atMs: number, what: string, bytes: string | null = null): Evidence {
  return { kind: 'event', process, atMs, what, ...(bytes === null ? {} : { bytes }) };
}
