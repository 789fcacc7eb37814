import type { Digest } from '../../base/digest.ts';
import type { Attachment } from '../04-backing-services/service.ts';

/**
 * build + config + attachments, numbered, immutable. What happened to it afterwards is a `ReleaseEvent`.
 * Config that is set before the first deploy makes releases too: they have no build, and nothing of them runs.
 */
export interface Release {
  readonly appId: string;
  /** 1, 2, 3 … without gaps. */
  readonly version: number;
  /** Null, as is `slug`, only while no release of the app before it has one. */
  readonly buildId: string | null;
  readonly slug: Digest | null;
  /** Names only: the values stay sealed in the store. */
  readonly configNames: readonly string[];
  readonly attachments: readonly Attachment[];
  readonly actor: string;
  readonly description: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Hash of the release before, null for the first. */
  readonly previousHash: Digest | null;
  /** SHA-256 over everything stored of this release and `previousHash`. */
  readonly hash: Digest;
}

/**
 * ```
 * pending ──► releasing ──► starting ──► succeeded
 *    └────────────┴────────────┴───────► failed
 * ```
 * `releasing` is the release phase; a release without one goes straight to `starting`.
 */
export type ReleaseStatus = 'pending' | 'releasing' | 'starting' | 'succeeded' | 'failed';

export interface ReleaseEvent {
  readonly appId: string;
  readonly version: number;
  /** 1, 2, 3 … within the release. */
  readonly sequence: number;
  readonly at: number;
  readonly status: ReleaseStatus;
  /** A coded reason for `failed`, else null. */
  readonly reason: string | null;
}
