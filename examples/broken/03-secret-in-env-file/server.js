import { createServer } from 'node:http';

const { PORT, SESSION_KEY } = process.env;
if (!PORT) throw new Error('PORT is not set');

if (!SESSION_KEY) throw new Error('SESSION_KEY is not set');

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
