/** A scheduled task: removes entries that are older than RETENTION_DAYS. */
import { fromEnvironment, pruneConfig } from './config.ts';
import { facts, openDatabase } from './database.ts';
import { pruneEntries } from './entries.ts';
import { createLog } from './log.ts';

const { databaseUrl, retentionDays, logLevel } = fromEnvironment(pruneConfig);
const log = createLog(logLevel);
const database = openDatabase(databaseUrl, log);

try {
  const entries = await database.transaction((query) => pruneEntries(query, retentionDays));
  log.info('pruned', { entries, retentionDays });
} catch (error) {
  log.error('prune-failed', facts(error));
  process.exitCode = 1;
} finally {
  await database.close();
}
