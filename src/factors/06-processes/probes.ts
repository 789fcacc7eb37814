/** Whether an app's processes are stateless and share nothing. */
import { readsBackNoLocalFile } from './probe-local-files.ts';
import { keepsSessions } from './probe-session.ts';
import { keepsDataOverARestart, sharesState } from './probe-state.ts';

export const stateProbes = [sharesState, keepsDataOverARestart, keepsSessions];
export const fileProbes = [readsBackNoLocalFile];
export const probes = [...stateProbes, ...fileProbes];
