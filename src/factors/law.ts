/**
 * The vocabulary of proof.
 *
 * ```
 * an experiment ──► Observation<Facts> ──► Probe.judge ──► Finding ──► Verdict of its factor
 *   (prover/)         seen, or not           (a room)
 * ```
 *
 * A probe is a statement about an app that is true or false. It is a pure function of facts: it fetches nothing. What was not
 * observed is `unproven`, never a pass and never a zero.
 */

/**
 * The twelve factors by the manifesto's own slugs, in its order. The number is where a room stands on disk;
 * reports and codes are keyed by slug, so a renumbered manifesto breaks nothing.
 */
export const factors = [
  'codebase',
  'dependencies',
  'config',
  'backing-services',
  'build-release-run',
  'processes',
  'port-binding',
  'concurrency',
  'disposability',
  'dev-prod-parity',
  'logs',
  'admin-processes',
] as const;

export type Factor = (typeof factors)[number];

/** Permanent: a factor, then a statement, e.g. `disposability/finishes-requests-on-sigterm`. */
export type ProbeId = `${Factor}/${string}`;

/**
 * `holds` and `broken` were observed. `unproven`: the means to observe it were missing, and the finding names them.
 * `not-applicable`: the app has nothing that the statement speaks of.
 */
export type Outcome = 'holds' | 'broken' | 'unproven' | 'not-applicable';

/** A place in the app's tree, or something that happened while it ran. */
export type Evidence =
  | {
      readonly kind: 'source';
      /** Relative to the app's folder. */
      readonly file: string;
      /** From 1. */
      readonly line: number;
      /** The line itself. */
      readonly text: string;
    }
  | {
      readonly kind: 'event';
      /** Milliseconds since the check began. */
      readonly atMs: number;
      /** Who it happened to: `web.1`, `worker.2`, `build`, `postgres`. */
      readonly process: string;
      /** A sentence without a full stop. */
      readonly what: string;
      /** As it was read or sent, when the bytes themselves show it. */
      readonly bytes?: string;
    };

export interface Judgement {
  readonly outcome: Outcome;
  /** One sentence, without a full stop: what was seen, or why nothing was. */
  readonly because: string;
  readonly evidence: readonly Evidence[];
  /** The change that mends this, where it is not the one that its probe names. */
  readonly mend?: string;
  /** Lines of a scenario, as for any app, or a command, that would prove what is unproven. A report makes them the app's own. */
  readonly prove?: string;
}

export interface Finding extends Judgement {
  readonly probe: ProbeId;
  /** A broken finding that the codebase has accepted, with its reason, until a day. */
  readonly accepted?: Acceptance;
}

export interface Acceptance {
  readonly reason: string;
  /** The last day on which it is accepted, as `YYYY-MM-DD`. */
  readonly until: string;
}

/** All that is told about a probe; its page is made from it. */
export interface ProbeDefinition {
  readonly id: ProbeId;
  /** True of an app that keeps its half, e.g. `Finishes the requests it has when it is told to stop`. */
  readonly statement: string;
  /** `source`: by reading the tree alone; `run`: by running the app. */
  readonly method: 'source' | 'run';
  /** Why it matters, in the manifesto's sense. */
  readonly why: string;
  /** Where the rule stands: an address, or the title of a text. */
  readonly source: string;
  /** The experiment, as somebody would do it by hand. */
  readonly how: string;
  /** What cannot be seen from outside: where it may be wrong. */
  readonly blind: string;
  /** The change that mends it, as an order: `Close the server on SIGTERM and end when it has`. */
  readonly mend: string;
  readonly fixes: Fixes;
}

/** How it is mended, in a few lines of each language. */
export interface Fixes {
  readonly javascript: string;
  readonly python: string;
  readonly ruby: string;
}

export interface Probe<Facts> extends ProbeDefinition {
  readonly judge: (facts: Facts) => Judgement;
}

/** What an experiment brings: facts, or why there are none. */
export type Observation<Facts> =
  | { readonly seen: true; readonly facts: Facts }
  | { readonly seen: false; readonly judgement: Judgement };

export function seen<Facts>(facts: Facts): Observation<Facts> {
  return { seen: true, facts };
}

/** @param why what was missing @param prove what would prove it */
export function unseen(why: string, prove?: string): { readonly seen: false; readonly judgement: Judgement } {
  return { seen: false, judgement: unproven(why, prove) };
}

/** @param why what the app does not have */
export function nothingToSee(why: string): { readonly seen: false; readonly judgement: Judgement } {
  return { seen: false, judgement: notApplicable(why) };
}

export function holds(because: string, evidence: readonly Evidence[] = []): Judgement {
  return { outcome: 'holds', because, evidence };
}

/** @param evidence at least one piece: what is broken can be shown @param mend where it is not what the probe says */
export function broken(
  because: string,
  evidence: readonly [Evidence, ...Evidence[]],
  mend?: string,
): Judgement {
  return { outcome: 'broken', because, evidence, ...(mend === undefined ? {} : { mend }) };
}

export function unproven(because: string, prove?: string): Judgement {
  return { outcome: 'unproven', because, evidence: [], ...(prove === undefined ? {} : { prove }) };
}

export function notApplicable(because: string): Judgement {
  return { outcome: 'not-applicable', because, evidence: [] };
}

/** Whether a list has something in it, for `broken`. */
export function some<T>(list: readonly T[]): list is readonly [T, ...T[]] {
  return list.length > 0;
}

export function judge<Facts>(probe: Probe<Facts>, observation: Observation<Facts>): Finding {
  return {
    probe: probe.id,
    ...(observation.seen ? probe.judge(observation.facts) : observation.judgement),
  };
}

export function factorOf(probe: ProbeId): Factor {
  const slug = probe.slice(0, probe.indexOf('/'));
  const factor = factors.find((known) => known === slug);
  if (factor === undefined) throw new TypeError(`${probe} names no factor`);
  return factor;
}

/**
 * The verdict of one factor: one broken finding breaks it, one unproven finding leaves it unproven, and it holds when at least
 * one finding holds and none of those is left. An accepted finding weighs nothing.
 */
export function verdictOf(findings: readonly Finding[]): Outcome {
  const weighed = findings.filter(({ accepted }) => accepted === undefined);
  const has = (outcome: Outcome): boolean => weighed.some((finding) => finding.outcome === outcome);
  if (has('broken')) return 'broken';
  if (has('unproven')) return 'unproven';
  return has('holds') ? 'holds' : 'not-applicable';
}

/** The worst verdict of several. */
export function worstOf(verdicts: readonly Outcome[]): Outcome {
  const order: readonly Outcome[] = ['broken', 'unproven', 'holds'];
  return order.find((outcome) => verdicts.includes(outcome)) ?? 'not-applicable';
}

/** The first five of them, and how many more there are. */
export function few(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
