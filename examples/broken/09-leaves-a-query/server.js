import { createServer } from 'node:http';
import { openDatabase } from './database.js';

const { PORT, DATABASE_URL } = process.env;
if (!PORT || !DATABASE_URL) throw new Error('PORT or DATABASE_URL is not set');

const database = await openDatabase(DATABASE_URL);

const log = (message, fields) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), level: 'info', message, ...fields }));

const pages = new Map([
  ['/', 'Hello\n'],
  ['/healthz', 'ok\n'],
]);

const server = createServer((request, response) => {
  const { method, url = '/' } = request;
  const path = url.split('?', 1).join();
  const page = pages.get(path);
  response.on('finish', () => log('request', { method, path, status: response.statusCode }));
  if (!server.listening) response.setHeader('connection', 'close');
  response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/plain' });
  response.end(page ?? 'Not found\n');
});

server.listen(Number(PORT), () => log('listening', { port: Number(PORT) }));

// A long piece of housekeeping, which nobody waits for.
database
  .query('select pg_sleep(3600)')
  .catch((error) => log('housekeeping failed', { error: error.message }));

const stop = (signal) => {
  log('stopping', { signal });
  server.close(() => {
    log('stopped');
    process.exit(0);
  });
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
