import pg from 'pg';
import { pino } from 'pino';
import { createClient } from 'redis';
import { createApp } from './app.js';
import { config } from './config.js';

const log = pino({ level: config.logLevel });
const database = new pg.Pool({ connectionString: config.databaseUrl });
database.on('error', (error) => log.warn({ err: error }, 'lost a connection to the database'));
const redis = createClient({ url: config.redisUrl });
redis.on('error', (error) => log.warn({ err: error }, 'lost the connection to Redis'));
await redis.connect();

const server = createApp({ config, log, database, redis }).listen(config.port, () =>
  log.info({ port: config.port }, 'listening'),
);

process.once('SIGTERM', () => {
  log.info('stopping');
  server.close(async () => {
    await Promise.all([database.end(), redis.close()]);
  });
  server.closeIdleConnections();
});
