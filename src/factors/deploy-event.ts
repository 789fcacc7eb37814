/** What a deploy tells while it works: the stages of rooms 01 to 09, as they happen. */
import type { ErrorShape } from '../base/error.ts';
import type { Revision } from './01-codebase/revision.ts';
import type { Formation } from './08-concurrency/formation.ts';

export type BuildEvent =
  | { readonly kind: 'source'; readonly revision: Revision; readonly files: number; readonly bytes: number }
  | { readonly kind: 'warning'; readonly code: string; readonly message: string }
  | { readonly kind: 'builder'; readonly name: string; readonly reason: string }
  | { readonly kind: 'output'; readonly text: string };

/** In order. Durations in milliseconds, sizes in bytes. */
export type DeployEvent =
  | { readonly kind: 'app'; readonly id: string; readonly name: string; readonly created: boolean }
  | Exclude<BuildEvent, { readonly kind: 'builder' }>
  | (Extract<BuildEvent, { readonly kind: 'builder' }> & { readonly buildId: string })
  | {
      readonly kind: 'built';
      readonly buildId: string;
      readonly builder: string;
      readonly runtimes: readonly string[];
      readonly packages: number | null;
      readonly reused: boolean;
      readonly bytes: number;
      readonly digest: string;
      readonly ms: number;
    }
  | {
      readonly kind: 'service';
      readonly name: string;
      readonly service: string;
      readonly version: string | null;
      readonly variable: string;
      readonly created: boolean;
      readonly ms: number;
    }
  | {
      readonly kind: 'release';
      readonly version: number;
      readonly description: string;
      readonly unchanged: boolean;
    }
  /** Which processes are replaced, e.g. `web` or `web.1`; null: all. */
  | { readonly kind: 'restart'; readonly of: string | null }
  /** What a scaling asks for, by process type. */
  | { readonly kind: 'formation'; readonly formation: Formation }
  | {
      readonly kind: 'release-output';
      readonly appId: string;
      readonly version: number;
      readonly text: string;
    }
  /** Of an attachment. `made`: what starts from now on has it; `gone`: the one before, or the only one, works no longer. */
  | {
      readonly kind: 'credential';
      readonly state: 'made' | 'gone';
      readonly name: string;
      readonly app: string;
      readonly variable: string;
    }
  /** A promotion has begun: what is promoted, and to which apps. */
  | {
      readonly kind: 'promotion';
      readonly id: string;
      readonly what: string;
      readonly targets: readonly string[];
    }
  /** What one target of a promotion tells. */
  | { readonly kind: 'target'; readonly app: string; readonly event: DeployEvent }
  | {
      readonly kind: 'export';
      readonly processType: string;
      readonly port: number;
      readonly removed: boolean;
    }
  | {
      readonly kind: 'release-phase';
      readonly appId: string;
      readonly version: number;
      readonly command: string;
      readonly outcome: string;
      readonly ms: number;
    }
  | {
      readonly kind: 'process';
      readonly process: string;
      readonly release: number | null;
      readonly state: 'up' | 'ended';
      readonly detail: string;
      readonly ms: number | null;
    }
  /** What a process said that did not come up. */
  | { readonly kind: 'process-output'; readonly process: string; readonly text: string }
  | {
      readonly kind: 'serving';
      readonly hosts: readonly string[];
      /** Of those hosts that are one address each. */
      readonly urls: readonly string[];
      readonly processes: number;
      readonly ms: number;
    }
  | { readonly kind: 'failed'; readonly error: ErrorShape };
