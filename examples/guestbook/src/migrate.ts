/**
 * The release phase: brings the schema to the version of this release. All migrations that are missing run
 * in one transaction, under a lock, so that two at once, or one cut off in the middle, do no harm.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { config, fromEnvironment } from './config.ts';
import { connectOptions, facts } from './database.ts';
import { createLog } from './log.ts';

/** Any number will do that nothing else in this database locks. */
const lockId = 7_305_121;
const folder = path.join(import.meta.dirname, '../migrations');

const { databaseUrl, logLevel } = fromEnvironment(config);
const log = createLog(logLevel);

const migrate = async (client: Client): Promise<readonly string[]> => {
  await client.query('begin');
  await client.query('select pg_advisory_xact_lock($1)', [lockId]);
  await client.query(`create table if not exists schema_migrations (
    name text primary key, applied_at timestamptz not null default now())`);
  const missing = await missingMigrations(client);
  for (const name of missing) {
    await client.query(readFileSync(path.join(folder, name), 'utf8'));
    await client.query('insert into schema_migrations (name) values ($1)', [name]);
  }
  await client.query('commit');
  return missing;
};

const missingMigrations = async (client: Client): Promise<readonly string[]> => {
  const { rows } = await client.query<{ name: string }>('select name from schema_migrations');
  const applied = new Set(rows.map(({ name }) => name));
  return readdirSync(folder)
    .filter((name) => /^\d{3}-.+\.sql$/.test(name) && !applied.has(name))
    .sort();
};

const client = new Client(connectOptions(databaseUrl));
try {
  await client.connect();
  const applied = await migrate(client);
  for (const name of applied) log.info('migrated', { migration: name });
  log.info('schema-current', { applied: applied.length });
} catch (error) {
  log.error('migration-failed', facts(error));
  process.exitCode = 1;
} finally {
  await client.end();
}
