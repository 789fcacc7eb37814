/** The worker process: takes jobs until it is told to stop. */
import { fromEnvironment, workerConfig } from './config.ts';
import { DatabaseAway, facts, openDatabase } from './database.ts';
import { JobReturned, type Outcome, workOnce } from './jobs.ts';
import { createLog } from './log.ts';
import { listen } from './notices.ts';
import { pause } from './pause.ts';
import { shutdownSignal } from './shutdown.ts';

/** Finds jobs whose notice was lost, and those that wait for another attempt. */
const pollMs = 5000;
const retryMs = 1000;

const { databaseUrl, stampDelayMs, logLevel } = fromEnvironment(workerConfig);
const log = createLog(logLevel);
const stopping = shutdownSignal(log);
const database = openDatabase(databaseUrl, log);
/** Rung by a notice of new jobs; each turn hangs up a new one. */
let bell = new AbortController();

const report = (outcome: Exclude<Outcome, { kind: 'idle' }>, ms: number): void => {
  const level = outcome.kind === 'failed' ? 'error' : outcome.kind === 'retried' ? 'warn' : 'info';
  const { kind, ...rest } = outcome;
  log[level]('job', { outcome: kind, ms: Math.round(ms), ...rest });
};

/** Does one job, if any; resolves when it is time to look again. */
const turn = async (): Promise<void> => {
  bell = new AbortController();
  const started = performance.now();
  const outcome = await workOnce(database, { stampDelayMs, signal: stopping });
  if (outcome.kind === 'idle') await pause(pollMs, AbortSignal.any([stopping, bell.signal]));
  else report(outcome, performance.now() - started);
};

const recover = async (error: unknown): Promise<void> => {
  if (error instanceof JobReturned) return log.info('job', { outcome: 'returned', entryId: error.entryId });
  if (!(error instanceof DatabaseAway)) {
    log.error('work-failed', facts(error));
    process.exit(1);
  }
  log.warn('database-away', facts(error));
  await pause(retryMs, stopping);
};

const listening = listen({
  channel: 'jobs',
  databaseUrl,
  signal: stopping,
  log,
  onNotice: () => bell.abort(),
});
log.info('working', { startMs: Math.round(performance.now()) });
while (!stopping.aborted) await turn().catch(recover);
await listening;
await database.close();
log.info('stopped');
