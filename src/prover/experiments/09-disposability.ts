/** Disposability: started, stopped and killed at every moment. */
import { job } from './09-disposability/job.ts';
import { kill } from './09-disposability/kill.ts';
import { requests } from './09-disposability/requests.ts';
import { start } from './09-disposability/start.ts';
import { stop } from './09-disposability/stop.ts';

export const experiments = [start, requests, stop, kill, job];
