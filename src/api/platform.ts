/** A platform that the command line has started for itself and may stop. */
import type { Peer } from './socket-call.ts';

export interface StartOptions {
  readonly mode: 'up' | 'server';
  /** Of the router. */
  readonly address: string;
  /** Of the router; 0: the one used last here, or a free one. */
  readonly port: number;
  readonly apiAddress: string;
  readonly apiPort: number;
  /** What the platform's processes say of themselves, a line of JSON each. */
  readonly onLine: (line: string) => void;
}

export interface StartedPlatform {
  readonly control: Peer;
  readonly port: number;
  readonly apiPort: number;
  readonly home: string;
  /** Drains and stops everything; what is left after `withinMs` is killed. May be called again with less time. */
  stop(withinMs: number): Promise<void>;
  /** Ends the platform's own processes alone; apps and services run on. */
  leave(): Promise<void>;
}

export type StartPlatform = (options: StartOptions) => Promise<StartedPlatform>;
