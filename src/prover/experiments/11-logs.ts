/** Logs: what comes on standard output, when, in which form, and what goes elsewhere. */
import { errors } from './11-logs/errors.ts';
import { events } from './11-logs/events.ts';
import { stream } from './11-logs/stream.ts';

export const experiments = [events, stream, errors];
