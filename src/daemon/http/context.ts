import type { Account } from '../../factors/account.ts';
import type { GitServer } from '../../git/server/git-server.ts';
import type { Platform } from '../../platform/platform.ts';
import type { Outputs } from '../../store/outputs.ts';
import type { Changes } from '../changes.ts';
import type { Housekeeping } from '../housekeeping.ts';
import type { Runs } from '../runs.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Sources } from '../sources.ts';
import type { Capabilities } from './capability.ts';

/** What every handler works with. */
export interface ApiContext {
  readonly platform: Platform;
  readonly changes: Changes;
  readonly runs: Runs;
  readonly scheduler: Scheduler;
  readonly git: GitServer;
  readonly operator: Account;
  readonly addresses: Addresses;
  /** Of Dozen itself. */
  readonly version: string;
  readonly home: string;
  readonly mode: 'up' | 'server';
  readonly outputs: Outputs;
  readonly capabilities: Capabilities;
  readonly sources: Sources;
  readonly housekeeping: Housekeeping;
  /** Folder of the kept logs. */
  readonly logs: string;
}

/** Where people reach an app. */
export interface Addresses {
  readonly routerPort: number;
  /** Of the API itself, e.g. `http://127.0.0.1:5000`. */
  api(): string;
  /** E.g. `http://shop.localhost:8080/`. */
  web(appName: string): string;
  /** What `git push` goes to. */
  git(appName: string): string;
}
