/** Every probe there is, in the manifesto's order. */
import { probes as codebase } from './01-codebase/probes.ts';
import { importsOnlyWhatItDeclares } from './02-dependencies/probe-imports.ts';
import { manifestProbes } from './02-dependencies/probe-manifest.ts';
import { runProbes as configRun } from './03-config/probe-run.ts';
import { sourceProbes } from './03-config/probe-source.ts';
import { locatorsComeFromConfig } from './04-backing-services/probe-locators.ts';
import { runProbes as servicesRun } from './04-backing-services/probe-run.ts';
import { probes as processes } from './06-processes/probes.ts';
import { probes as portBinding } from './07-port-binding/probes.ts';
import { probes as concurrency } from './08-concurrency/probes.ts';
import { probes as parity } from './10-dev-prod-parity/probes.ts';
import { declaredProbes } from './12-admin-processes/probe-declared.ts';
import type { ProbeDefinition } from './law.ts';

export const probes: readonly ProbeDefinition[] = [
  ...codebase,
  ...manifestProbes,
  importsOnlyWhatItDeclares,
  ...sourceProbes,
  ...configRun,
  locatorsComeFromConfig,
  ...servicesRun,
  ...processes,
  ...portBinding,
  ...concurrency,
  ...parity,
  ...declaredProbes,
];
