import { createServer } from 'node:http';
import { redisAt } from './redis.js';

const { PORT, REDIS_URL } = process.env;
if (!PORT) throw new Error('PORT is not set');
if (!REDIS_URL) throw new Error('REDIS_URL is not set');

const log = (message, fields) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), level: 'info', message, ...fields }));

const bodyOf = async (request) => Buffer.concat(await request.toArray()).toString();

const redis = redisAt(REDIS_URL);
await redis('DEL', 'notes');

const answerTo = async (request, path) => {
  if (path === '/healthz') return { status: 200, text: 'ok\n' };
  if (path === '/') return { status: 200, text: 'Hello\n' };
  if (path !== '/notes') return { status: 404, text: 'Not found\n' };
  if (request.method === 'POST') {
    await redis('RPUSH', 'notes', await bodyOf(request));
    return { status: 201, text: 'Noted\n' };
  }
  const notes = await redis('LRANGE', 'notes', '0', '-1');
  return { status: 200, text: notes.map((note) => `${note}\n`).join('') };
};

const server = createServer(async (request, response) => {
  const { method, url = '/' } = request;
  const path = url.split('?', 1).join();
  const answer = await answerTo(request, path).catch((error) => {
    log('redis is away', { error: error.message });
    return { status: 503, text: 'Away\n' };
  });
  response.on('finish', () =>
    log('request', {
      id: request.headers['x-request-id'],
      method,
      path,
      status: response.statusCode,
    }),
  );
  if (!server.listening) response.setHeader('connection', 'close');
  response.writeHead(answer.status, { 'content-type': 'text/plain', ...answer.headers });
  response.end(answer.text);
});

server.listen(Number(PORT), () => log('listening', { port: Number(PORT) }));

/** No new connections; requests in flight finish, and then nothing is left to do. */
const stop = (signal) => {
  log('stopping', { signal });
  server.close(() => {
    log('stopped');
  });
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
