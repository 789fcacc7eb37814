/** A request that an app's code says it answers. */
import type { Handler } from './handler.ts';

export interface Route {
  readonly method: string;
  readonly path: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Whether nothing was seen that could put a prefix before its path. */
  readonly certain: boolean;
  readonly handler: Handler;
}
