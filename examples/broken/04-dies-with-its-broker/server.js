import { createServer } from 'node:http';
import { openBroker } from './amqp.js';

const { PORT, CLOUDAMQP_URL } = process.env;
if (!PORT) throw new Error('PORT is not set');
if (!CLOUDAMQP_URL) throw new Error('CLOUDAMQP_URL is not set');

const log = (message, fields) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), level: 'info', message, ...fields }));

/** Cannot live without. */
const broker = await openBroker(CLOUDAMQP_URL);
void broker.closed.then(() => {
  if (server.listening) process.exit(1);
});

const pages = new Map([
  ['/', 'Hello\n'],
  ['/healthz', 'ok\n'],
]);

/** What is kept in RabbitMQ, in a queue for each note. */
const pageFor = async (method, path) => {
  const key = /^\/notes\/(\w+)$/.exec(path)?.[1];
  if (key === undefined)
    return { status: pages.has(path) ? 200 : 404, text: pages.get(path) ?? 'Not found\n' };
  try {
    if (method === 'PUT') await broker.leave(key, key);
    const isThere = (await broker.count(key)) > 0;
    return isThere ? { status: 200, text: `${key}\n` } : { status: 404, text: 'Not found\n' };
  } catch (error) {
    log('RabbitMQ is away', { level: 'warn', error: error.message });
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
  server.close(() => {
    broker.close();
    log('stopped');
  });
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
