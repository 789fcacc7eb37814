import type { Replacement } from './09-disposability/replacement.ts';
import type { StopPolicy } from './09-disposability/stop-policy.ts';

/** What somebody set for a process type by command. It wins over what app.json declares; null leaves that as it is. */
export interface ProcessSettings {
  /** Bytes. */
  readonly memory: number | null;
  /** Cores, e.g. 0.5. */
  readonly cpu: number | null;
  readonly graceMs: number | null;
  readonly signal: StopPolicy['signal'] | null;
  readonly replacement: Replacement | null;
}
