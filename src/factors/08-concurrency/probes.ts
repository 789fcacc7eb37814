/** Whether an app grows by adding processes, of types that the platform can look after. */
import { runsEachJobOnce } from './probe-jobs.ts';
import { servesAsOne } from './probe-load.ts';
import { startsEveryProcessType, staysInTheForeground, writesNoPidFile } from './probe-process-types.ts';

export const typeProbes = [startsEveryProcessType, staysInTheForeground, writesNoPidFile];
export const loadProbes = [servesAsOne];
export const jobProbes = [runsEachJobOnce];
export const probes = [...typeProbes, ...loadProbes, ...jobProbes];
