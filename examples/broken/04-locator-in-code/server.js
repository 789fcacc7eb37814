import { createServer } from 'node:http';
import { connect } from 'node:net';

const { PORT } = process.env;
if (!PORT) throw new Error('PORT is not set');

const cache = new URL('redis://127.0.0.1:6379');

const log = (message, fields) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), level: 'info', message, ...fields }));

/** Whether something answers there. */
const reachable = ({ hostname, port }) =>
  new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    const answer = (text) => {
      socket.destroy();
      resolve(text);
    };
    socket.once('connect', () => answer('there\n'));
    socket.once('error', () => answer('away\n'));
  });

const pages = new Map([
  ['/', 'Hello\n'],
  ['/healthz', 'ok\n'],
]);

const server = createServer(async (request, response) => {
  const { method, url = '/' } = request;
  const path = url.split('?', 1).join();
  const page = path === '/cache' ? await reachable(cache) : pages.get(path);
  response.on('finish', () =>
    log('request', {
      id: request.headers['x-request-id'],
      method,
      path,
      status: response.statusCode,
    }),
  );
  if (!server.listening) response.setHeader('connection', 'close');
  response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/plain' });
  response.end(page ?? 'Not found\n');
});

server.listen(Number(PORT), () => log('listening', { port: Number(PORT) }));

/** No new connections; requests in flight finish, and then nothing is left to do. */
const stop = (signal) => {
  log('stopping', { signal });
  server.close(() => log('stopped'));
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
