/** What running an app shows of its config. */
import type { ProbeDefinition } from '../law.ts';
import { probes as files } from './probe-config-files.ts';
import { printsNoSecrets } from './probe-secrets.ts';
import { probes as deploys } from './probe-two-deploys.ts';
import { probes as variables } from './probe-variables.ts';

export const runProbes: readonly ProbeDefinition[] = [...variables, printsNoSecrets, ...deploys, ...files];
