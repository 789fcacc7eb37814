import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';

const { PORT, DATABASE_URL } = process.env;
if (!PORT) throw new Error('PORT is not set');
if (!DATABASE_URL) throw new Error('DATABASE_URL is not set');

const log = (level, message, fields) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }));

const { hostname, port } = new URL(DATABASE_URL);

const reachDatabase = async () => {
  const socket = connect(Number(port), hostname);
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
};

const answerTo = async (path) => {
  if (path === '/healthz') return { status: 200, text: 'ok\n' };
  if (path !== '/') return { status: 404, text: 'Not found\n' };
  try {
    await reachDatabase();
    return { status: 200, text: 'Hello\n' };
  } catch (error) {
    log('error', 'database is away', { error: `${error.message}: ${DATABASE_URL}` });
    return { status: 503, text: 'Please try again\n' };
  }
};

const server = createServer(async (request, response) => {
  const { method, url = '/' } = request;
  const path = url.split('?', 1).join();
  const { status, text } = await answerTo(path);
  response.on('finish', () =>
    log('info', 'request', {
      id: request.headers['x-request-id'],
      method,
      path,
      status: response.statusCode,
    }),
  );
  if (!server.listening) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end(text);
});

server.listen(Number(PORT), () => log('info', 'listening', { port: Number(PORT) }));

/** No new connections; requests in flight finish, and then nothing is left to do. */
const stop = (signal) => {
  log('info', 'stopping', { signal });
  server.close(() => log('info', 'stopped'));
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
