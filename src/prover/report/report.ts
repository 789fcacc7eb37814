/** What a check brought, whatever it is shown as. */
import type { Factor, Finding, Outcome } from '../../factors/law.ts';

export interface Report {
  readonly format: 1;
  readonly dozen: string;
  /** The folder as it was given. */
  readonly subject: string;
  readonly commit: string | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly tookMs: number;
  /** Whether only the source was read. */
  readonly static: boolean;
  /** In the manifesto's order; those that were asked for. */
  readonly rows: readonly Row[];
  /** Where the time went. */
  readonly timings: readonly Timing[];
  /** Said before anything else: uncommitted changes, acceptances that ran out. */
  readonly notes: readonly string[];
  /** Why it was not checked as it was meant to be, which whoever asked can mend; null: it was. */
  readonly failure: Failure | null;
}

export interface Failure {
  /** As in docs/errors.md. */
  readonly code: string;
  readonly message: string;
  /** What to type next. */
  readonly hint: string | null;
}

export interface Row {
  readonly factor: Factor;
  readonly verdict: Outcome;
  readonly findings: readonly Finding[];
}

export interface Timing {
  readonly what: string;
  readonly ms: number;
}
