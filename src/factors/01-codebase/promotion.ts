/** What one app of a pipeline runs, given to others of it: the same build with their own config. */
export interface Promotion {
  /** A UUID. */
  readonly id: string;
  readonly pipelineId: string;
  readonly sourceAppId: string;
  /** The source's release whose build it is. */
  readonly sourceVersion: number;
  readonly actor: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** In the order they were asked for. */
  readonly targets: readonly PromotionTarget[];
}

/** ` pending ──► succeeded | failed `, once. */
export interface PromotionTarget {
  readonly appId: string;
  readonly status: 'pending' | 'succeeded' | 'failed';
  /** The release it made; null when it came to none. */
  readonly version: number | null;
  /** The code of the error it failed with. */
  readonly error: string | null;
}
