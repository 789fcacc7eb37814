import { createServer } from 'node:http';
import { connect } from 'node:net';
import { redis } from './redis.js';

const { PORT, REDIS_URL } = process.env;
if (!PORT) throw new Error('PORT is not set');
if (!REDIS_URL) throw new Error('REDIS_URL is not set');

/** Hears of changes, and cannot live without. */
const { hostname, port } = new URL(REDIS_URL);
const changes = connect(Number(port), hostname);
changes.write('SUBSCRIBE changes\r\n');
changes.on('data', () => log('something changed'));
changes.on('error', (error) => log('redis is away', { level: 'warn', error: error.message }));
changes.on('close', () => {
  if (server.listening) process.exit(1);
});

const log = (message, fields) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), level: 'info', message, ...fields }));

const pages = new Map([
  ['/', 'Hello\n'],
  ['/healthz', 'ok\n'],
]);

/** What is kept in Redis; null while it is away. */
const pageFor = async (method, path) => {
  const key = /^\/notes\/(\w+)$/.exec(path)?.[1];
  if (key === undefined)
    return { status: pages.has(path) ? 200 : 404, text: pages.get(path) ?? 'Not found\n' };
  try {
    if (method === 'PUT') await redis(REDIS_URL, 'SET', key, key);
    const text = await redis(REDIS_URL, 'GET', key);
    return text === '$-1' ? { status: 404, text: 'Not found\n' } : { status: 200, text: `${text}\n` };
  } catch (error) {
    log('redis is away', { level: 'warn', error: error.message });
    return { status: 503, text: 'Please try again\n' };
  }
};

const server = createServer(async (request, response) => {
  const { method, url = '/' } = request;
  const path = url.split('?', 1).join();
  const page = await pageFor(method, path);
  response.on('finish', () =>
    log('request', {
      id: request.headers['x-request-id'],
      method,
      path,
      status: response.statusCode,
    }),
  );
  if (!server.listening) response.setHeader('connection', 'close');
  response.writeHead(page.status, { 'content-type': 'text/plain' });
  response.end(page.text);
});

server.listen(Number(PORT), () => log('listening', { port: Number(PORT) }));

/** No new connections; requests in flight finish, and then nothing is left to do. */
const stop = (signal) => {
  log('stopping', { signal });
  server.close(() => log('stopped'));
  changes.destroy();
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
