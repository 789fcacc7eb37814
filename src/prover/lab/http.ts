/** Requests of an experiment: sent once, never retried, and what happened told as it was. */
import type { HttpRequest } from '../scenario/scenario.ts';

export interface Sending {
  readonly request: HttpRequest;
  /** For `{token}`. */
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** The body is sent in two halves: the second once this resolves. Headers and first half are out when `onHalf` is called. */
  readonly secondHalf?: Promise<void>;
  readonly onHalf?: () => void;
  readonly signal?: AbortSignal;
}

export interface Answer {
  /** When it was sent, and when its answer was whole or it failed. */
  readonly sentAt: number;
  readonly atMs: number;
  /** Null: there was no whole answer. */
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Null when there was a whole answer: `ECONNREFUSED`, `ECONNRESET`, `timeout`. */
  readonly failure: string | null;
  /** Whether status and body are what the request says they must be. */
  readonly asExpected: boolean;
}
