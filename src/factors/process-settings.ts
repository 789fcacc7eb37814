import type { Replacement } from './09-disposability/replacement.ts';
import type { StopPolicy } from './09-disposability/stop-policy.ts';
import type { ProcessPolicy } from './process-policy.ts';

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

export const noSettings: ProcessSettings = {
  memory: null,
  cpu: null,
  graceMs: null,
  signal: null,
  replacement: null,
};

export interface SettledPolicy extends ProcessPolicy {
  /** Null: as many cores as there are. */
  readonly cpu: number | null;
}

/** The policy that counts: what the app declares, with what was set by command over it. */
export function settledPolicy(
  declared: ProcessPolicy,
  settings: ProcessSettings = noSettings,
): SettledPolicy {
  const { memory, cpu, graceMs, signal, replacement } = settings;
  const { stop } = declared;
  return {
    readiness: declared.readiness,
    replacement: replacement ?? declared.replacement,
    stop: { ...stop, signal: signal ?? stop.signal, graceMs: graceMs ?? stop.graceMs },
    memoryLimit: memory ?? declared.memoryLimit,
    cpu,
  };
}
