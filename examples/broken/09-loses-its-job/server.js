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

const server = createServer(async (request, response) => {
  const { method, url = '/' } = request;
  const path = url.split('?', 1).join();
  const name = /^\/jobs\/([a-z0-9]+)$/.exec(path)?.[1];
  if (method === 'POST' && name !== undefined)
    await database.query(`insert into jobs (name) values ('${name}')`);
  const jobs =
    name === undefined ? [] : await database.query(`select name, 'done' from done where name = '${name}'`);
  const page = name === undefined ? pages.get(path) : `${jobs.join()}\n`;
  response.on('finish', () => log('request', { method, path, status: response.statusCode }));
  if (!server.listening) response.setHeader('connection', 'close');
  response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/plain' });
  response.end(page ?? 'Not found\n');
});

server.listen(Number(PORT), () => log('listening', { port: Number(PORT) }));

const stop = (signal) => {
  log('stopping', { signal });
  server.close(() => {
    log('stopped');
    database.close();
  });
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
