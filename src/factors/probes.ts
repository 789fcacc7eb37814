/** Every probe there is, in the manifesto's order. */
import { probes as portBinding } from './07-port-binding/probes.ts';
import type { ProbeDefinition } from './law.ts';

export const probes: readonly ProbeDefinition[] = [...portBinding];
