import type { Digest } from '../../base/digest.ts';
import type { Revision } from '../01-codebase/revision.ts';

/** A commit turned into a slug. */
export interface Build {
  /** A UUID. */
  readonly id: string;
  readonly appId: string;
  readonly revision: Revision;
  readonly builder: string;
  readonly status: 'running' | 'succeeded' | 'failed';
  readonly slug: Digest | null;
  /** Bytes of the slug's layers together; null until it succeeded. */
  readonly slugSize: number | null;
  readonly createdAt: number;
  readonly finishedAt: number | null;
}
