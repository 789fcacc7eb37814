/** A request that was sent to a process, and what came of it. */
import type { Evidence } from '../law.ts';

export interface Asked {
  readonly process: string;
  /** When its answer was whole, or it failed. */
  readonly atMs: number;
  /** `GET /entries.json` */
  readonly request: string;
  /** Null: there was no whole answer. */
  readonly status: number | null;
  /** Null when there was a whole answer. */
  readonly failure: string | null;
  /** Whether status and body are what the scenario says. */
  readonly asExpected: boolean;
  /** The beginning of its body. */
  readonly body: string;
}

/** A clause: `GET /entries.json through web.2 answered 200` */
export function answerOf({ process, request, status, failure }: Asked): string {
  return `${request} through ${process} ${status === null ? `got no answer: ${failure}` : `answered ${status}`}`;
}

export function told(asked: Asked): Evidence {
  const { process, atMs, request, status, failure, asExpected, body } = asked;
  const came =
    status === null ? `gave no answer to ${request}: ${failure}` : `answered ${status} to ${request}`;
  const what = status === null || asExpected ? came : `${came}, not as the scenario says`;
  return { kind: 'event', process, atMs, what, ...(body === '' ? {} : { bytes: body }) };
}
