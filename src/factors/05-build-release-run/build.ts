import type { Digest } from '../../base/digest.ts';
import type { Revision } from '../01-codebase/revision.ts';

/** A commit turned into a slug. */
export interface Build {
  /** A UUID. */
  readonly id: string;
  readonly appId: string;
  readonly revision: Revision;
  readonly builder: string;
  /** Who asked for it; null for one of a store that did not keep it yet. */
  readonly actor: string | null;
  readonly status: 'running' | 'succeeded' | 'failed';
  /** The code of the error a failed one ended with; null for others, and where the store did not keep it yet. */
  readonly reason: string | null;
  readonly slug: Digest | null;
  /** Bytes of the slug's layers together; null until it succeeded. */
  readonly slugSize: number | null;
  readonly createdAt: number;
  readonly finishedAt: number | null;
}
