import type { Account } from '../../factors/account.ts';
import type { GitServer } from '../../git/server/git-server.ts';
import type { Platform } from '../../platform/platform.ts';
import type { Changes } from '../changes.ts';
import type { Scheduler } from '../scheduler.ts';

/** What every handler works with. */
export interface ApiContext {
  readonly platform: Platform;
  readonly changes: Changes;
  readonly scheduler: Scheduler;
  readonly git: GitServer;
  readonly operator: Account;
  readonly addresses: Addresses;
  /** Of Dozen itself. */
  readonly version: string;
  readonly home: string;
  readonly mode: 'up' | 'server';
  /** Folder of the kept logs. */
  readonly logs: string;
}

/** Where people reach an app. */
export interface Addresses {
  readonly routerPort: number;
  /** E.g. `http://shop.localhost:8080/`. */
  web(appName: string): string;
  /** What `git push` goes to. */
  git(appName: string): string;
}
