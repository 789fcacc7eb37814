import { createServer } from 'node:http';

const { PORT } = process.env;
if (!PORT) throw new Error('PORT is not set');

const log = (message, fields) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), level: 'info', message, ...fields }));

const bodyOf = async (request) => Buffer.concat(await request.toArray()).toString();

const pages = new Map([
  ['/', 'Hello\n'],
  ['/healthz', 'ok\n'],
]);

const server = createServer(async (request, response) => {
  const { method, url = '/' } = request;
  const path = url.split('?', 1).join();
  const page = pages.get(path);
  const body = await bodyOf(request);
  response.on('finish', () => log('request', { method, path, status: response.statusCode, body }));
  if (!server.listening) response.setHeader('connection', 'close');
  response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/plain' });
  response.end(page ?? 'Not found\n');
});

server.listen(Number(PORT), () => log('listening', { port: Number(PORT) }));

const stop = (signal) => {
  log('stopping', { signal });
  server.close(() => log('stopped'));
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
