/** Whether an app keeps build, release and run apart. */
import type { ProbeDefinition } from '../law.ts';
import { buildsReproducibly } from './probe-build.ts';
import { declaresHowItIsRun } from './probe-declared.ts';
import { runsFromReadOnlyCode } from './probe-read-only.ts';
import { buildsNothingAtStart } from './probe-start.ts';

export const probes: readonly ProbeDefinition[] = [
  declaresHowItIsRun,
  buildsReproducibly,
  runsFromReadOnlyCode,
  buildsNothingAtStart,
];
