/** The web process. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { createApp } from './app.ts';
import { loadAssets } from './assets.ts';
import { createChanges } from './changes.ts';
import { fromEnvironment, webConfig } from './config.ts';
import { openDatabase } from './database.ts';
import { createLog } from './log.ts';
import { listen } from './notices.ts';
import { shutdownSignal } from './shutdown.ts';

const { port, title, databaseUrl, logLevel } = fromEnvironment(webConfig);
const log = createLog(logLevel);
const stopping = shutdownSignal(log);
const database = openDatabase(databaseUrl, log);
const changes = createChanges(stopping);
const app = createApp({ site: { title, assets: loadAssets() }, database, changes, log, stopping });
const server = createAdaptorServer({ fetch: app.fetch }) as Server;

// A connection that was busy when the server closed goes as soon as its response has ended.
server.on('request', (_request, response) =>
  response.once('close', () => stopping.aborted && server.closeIdleConnections()),
);
server.on('error', (error) => {
  log.error('cannot-listen', { error: error.message });
  process.exit(1);
});
server.listen(port, () => {
  const { port } = server.address() as AddressInfo;
  log.info('listening', { port, startMs: Math.round(performance.now()) });
});
const listening = listen({
  channel: 'entries',
  databaseUrl,
  signal: stopping,
  log,
  onNotice: changes.announce,
});

await once(stopping, 'abort');
server.close();
await Promise.all([once(server, 'close'), listening]);
await database.close();
log.info('stopped');
