/** What a check is asked, and what it tells while it goes on. `main.ts` makes one. */
import type { Factor, Finding } from '../factors/law.ts';
import type { Report } from './report/report.ts';

export interface CheckRequest {
  readonly folder: string;
  /** Null: all. */
  readonly factors: readonly Factor[] | null;
  /** Whether only the source is read: nothing is built or run. */
  readonly static: boolean;
  /** Null: `dozen.check.yaml` in the folder's commit, if it is there. */
  readonly scenarioFile: string | null;
  /** Of the whole check. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: CheckEvent) => void;
  /** Asked before anything of the app is executed. Where it says no, nothing is, and the check ends with CHECK_REFUSED. */
  readonly confirm: (plan: Plan) => Promise<boolean>;
}

/** What will be executed. */
export interface Plan {
  readonly subject: string;
  readonly commit: string;
  /** A line each: `npm ci, npm run build`, `web: node server.js`, `admin: node migrate.js`. */
  readonly commands: readonly string[];
}

export type CheckEvent =
  | { readonly kind: 'stage'; readonly what: string; readonly atMs: number }
  | { readonly kind: 'build-output'; readonly text: string }
  | { readonly kind: 'begins'; readonly factor: Factor; readonly experiment: string; readonly atMs: number }
  | {
      readonly kind: 'ends';
      readonly factor: Factor;
      readonly experiment: string;
      readonly atMs: number;
      readonly tookMs: number;
      readonly findings: readonly Finding[];
    };

/** @throws what reading the source, the scenario and building throw when no report can be made at all, and CHECK_REFUSED */
export type Check = (request: CheckRequest) => Promise<Report>;
