/** Every probe there is, in the manifesto's order. */
import { probes as codebase } from './01-codebase/probes.ts';
import { manifestProbes } from './02-dependencies/probe-manifest.ts';
import { probes as portBinding } from './07-port-binding/probes.ts';
import { probes as disposability } from './09-disposability/probes.ts';
import { probes as parity } from './10-dev-prod-parity/probes.ts';
import { probes as logs } from './11-logs/probes.ts';
import { declaredProbes } from './12-admin-processes/probe-declared.ts';
import type { ProbeDefinition } from './law.ts';

export const probes: readonly ProbeDefinition[] = [
  ...codebase,
  ...manifestProbes,
  ...portBinding,
  ...disposability,
  ...parity,
  ...logs,
  ...declaredProbes,
];
