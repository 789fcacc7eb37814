/** Every probe there is, in the manifesto's order. */
import { buildsFromACleanClone } from './01-codebase/probe-build.ts';
import { probes as codebase } from './01-codebase/probes.ts';
import { importsOnlyWhatItDeclares } from './02-dependencies/probe-imports.ts';
import { manifestProbes } from './02-dependencies/probe-manifest.ts';
import { buildsWithDeclaredTools, runsOnlyDeclaredPrograms } from './02-dependencies/probe-run.ts';
import { runProbes as configRun } from './03-config/probe-run.ts';
import { sourceProbes } from './03-config/probe-source.ts';
import { locatorsComeFromConfig } from './04-backing-services/probe-locators.ts';
import { runProbes as servicesRun } from './04-backing-services/probe-run.ts';
import { probes as buildReleaseRun } from './05-build-release-run/probes.ts';
import { probes as processes } from './06-processes/probes.ts';
import { probes as portBinding } from './07-port-binding/probes.ts';
import { probes as concurrency } from './08-concurrency/probes.ts';
import { probes as disposability } from './09-disposability/probes.ts';
import { probes as parity } from './10-dev-prod-parity/probes.ts';
import { probes as logs } from './11-logs/probes.ts';
import { declaredProbes } from './12-admin-processes/probe-declared.ts';
import { canBeRunTwice, runsInTheSameRelease } from './12-admin-processes/probe-run.ts';
import type { ProbeDefinition } from './law.ts';

export const probes: readonly ProbeDefinition[] = [
  ...codebase,
  buildsFromACleanClone,
  ...manifestProbes,
  importsOnlyWhatItDeclares,
  buildsWithDeclaredTools,
  runsOnlyDeclaredPrograms,
  ...sourceProbes,
  ...configRun,
  locatorsComeFromConfig,
  ...servicesRun,
  ...buildReleaseRun,
  ...processes,
  ...portBinding,
  ...concurrency,
  ...disposability,
  ...parity,
  ...logs,
  ...declaredProbes,
  runsInTheSameRelease,
  canBeRunTwice,
];
