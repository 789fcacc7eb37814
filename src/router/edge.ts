/** What all connections of one router share. */
import type { Directory } from './directory.ts';
import type { RequestLine, RouterTimeouts } from './router.ts';

export interface Edge {
  readonly directory: Directory;
  readonly timeouts: RouterTimeouts;
  readonly onRequest: (line: RequestLine) => void;
  /** The port that clients reach, as `X-Forwarded-Port` says it. */
  readonly port: number;
  /** Responses end their connection from here on. */
  readonly closing: boolean;
}
