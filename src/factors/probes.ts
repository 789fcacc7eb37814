/** Every probe there is, in the manifesto's order. */
import type { ProbeDefinition } from './law.ts';

export const probes: readonly ProbeDefinition[] = [];
