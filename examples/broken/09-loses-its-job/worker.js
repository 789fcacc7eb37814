import { setTimeout as pause } from 'node:timers/promises';
import { openDatabase } from './database.js';

const { DATABASE_URL, JOB_DELAY_MS } = process.env;
if (!DATABASE_URL) throw new Error('DATABASE_URL is not set');
const log = (message, fields) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), level: 'info', message, ...fields }));

const stopping = new AbortController();
const stop = () => stopping.abort();
process.once('SIGTERM', stop);
process.once('SIGINT', stop);

const database = await openDatabase(DATABASE_URL);
const work = async () => {
  const [job] = await database.query(
    'delete from jobs where ctid = (select ctid from jobs limit 1 for update skip locked) returning name',
  );
  if (job === undefined) return pause(100, undefined, { signal: stopping.signal });
  const [name] = job;
  log('job', { outcome: 'taken', name });
  await pause(Number(JOB_DELAY_MS), undefined, { signal: stopping.signal });
  await database.query(`insert into done (name) values ('${name}')`);
  log('job', { outcome: 'done', name });
};

try {
  while (!stopping.signal.aborted) await work();
} catch (error) {
  if (error.name !== 'AbortError') {
    log('failed', { level: 'error', error: error.message });
    process.exitCode = 1;
  }
}
database.close();
log('stopped');
