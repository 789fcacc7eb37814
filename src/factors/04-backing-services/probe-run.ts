/** What running an app shows of its backing services. */
import type { ProbeDefinition } from '../law.ts';
import { probes as attached } from './probe-attached.ts';
import { probes as connects } from './probe-connects.ts';

export const runProbes: readonly ProbeDefinition[] = [...attached, ...connects];
