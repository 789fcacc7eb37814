import { setTimeout as wait } from 'node:timers/promises';
import { redisAt } from './redis.js';

const { REDIS_URL } = process.env;
if (!REDIS_URL) throw new Error('REDIS_URL is not set');

const idleMs = 20;
const workMs = 100;
const log = (message, fields) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), level: 'info', message, ...fields }));

const redis = redisAt(REDIS_URL);
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'])
  process.once(signal, () => {
    log('stopping', { signal });
    stopping.abort();
  });

/** Takes the job out of the queue when it is done: until then another worker does it too. */
const turn = async () => {
  const [job] = await redis('LRANGE', 'jobs', '0', '0');
  await wait(job === undefined ? idleMs : workMs);
  if (job === undefined) return;
  await redis('SADD', 'done', job);
  await redis('LREM', 'jobs', '1', job);
  log('job', { outcome: 'done', job });
};

const recover = (error) => {
  log('redis is away', { error: error.message });
  return wait(idleMs);
};

log('working');
while (!stopping.signal.aborted) await turn().catch(recover);
log('stopped');
