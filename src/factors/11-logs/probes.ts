/** Whether an app's log is a stream of events on its standard output, and what the events are like. */
import { errorProbes } from './probe-errors.ts';
import { requestEventProbes } from './probe-events.ts';
import { streamProbes } from './probe-stream.ts';

export const probes = [...requestEventProbes, ...streamProbes, ...errorProbes];
