/** The worker process: takes jobs until it is told to stop. */
import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromEnvironment, workerConfig } from './config.ts';
import { DatabaseAway, facts, openDatabase } from './database.ts';
import { JobReturned, type Outcome, workOnce } from './jobs.ts';
import { createLog } from './log.ts';
import { aborted, listen } from './notices.ts';
import { shutdownSignal } from './shutdown.ts';

/** Finds jobs whose notice was lost, and those that wait for another attempt. */
const pollMs = 5000;
const retryMs = 1000;

const { databaseUrl, stampDelayMs, logLevel } = fromEnvironment(workerConfig);
const log = createLog(logLevel);
const stopping = shutdownSignal(log);
const database = openDatabase(databaseUrl, log);
const jobs = new EventEmitter();

const report = (outcome: Exclude<Outcome, { kind: 'idle' }>, ms: number): void => {
  const level = outcome.kind === 'failed' ? 'error' : outcome.kind === 'retried' ? 'warn' : 'info';
  const { kind, ...rest } = outcome;
  log[level]('job', { outcome: kind, ms: Math.round(ms), ...rest });
};

/** Does one job, if any; resolves when it is time to look again. */
const turn = async (): Promise<void> => {
  const wake = Promise.race([once(jobs, 'due'), sleep(pollMs, undefined, { ref: false }), aborted(stopping)]);
  const started = performance.now();
  const outcome = await workOnce(database, { stampDelayMs, signal: stopping });
  if (outcome.kind === 'idle') await wake;
  else report(outcome, performance.now() - started);
};

const recover = async (error: unknown): Promise<void> => {
  if (error instanceof JobReturned) return log.info('job', { outcome: 'returned', entryId: error.entryId });
  if (!(error instanceof DatabaseAway)) {
    log.error('work-failed', facts(error));
    process.exit(1);
  }
  log.warn('database-away', facts(error));
  await Promise.race([sleep(retryMs), aborted(stopping)]);
};

const listening = listen({
  channel: 'jobs',
  databaseUrl,
  signal: stopping,
  log,
  onNotice: () => jobs.emit('due'),
});
log.info('working', { startMs: Math.round(performance.now()) });
while (!stopping.aborted) await turn().catch(recover);
await listening;
await database.close();
log.info('stopped');
