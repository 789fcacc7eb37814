/** Whether an app starts fast, and whether stopping it at any moment loses nothing. */
import { jobProbes } from './probe-job.ts';
import { killProbes } from './probe-kill.ts';
import { shutdownProbes } from './probe-requests.ts';
import { startProbes } from './probe-start.ts';
import { stopProbes } from './probe-stop.ts';

export const probes = [...startProbes, ...shutdownProbes, ...stopProbes, ...killProbes, ...jobProbes];
