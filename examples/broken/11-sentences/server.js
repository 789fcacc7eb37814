import { createServer } from 'node:http';

const { PORT } = process.env;
if (!PORT) throw new Error('PORT is not set');

const log = (sentence) => console.log(`${new Date().toISOString()} ${sentence}`);

const pages = new Map([
  ['/', 'Hello\n'],
  ['/healthz', 'ok\n'],
]);

const server = createServer((request, response) => {
  const { method, url = '/' } = request;
  const path = url.split('?', 1).join();
  const page = pages.get(path);
  response.on('finish', () => log(`${method} ${path} was answered with ${response.statusCode}`));
  if (!server.listening) response.setHeader('connection', 'close');
  response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/plain' });
  response.end(page ?? 'Not found\n');
});

server.listen(Number(PORT), () => log(`Listening at ${PORT}`));

const stop = (signal) => {
  log(`Stopping on ${signal}`);
  server.close(() => log('Stopped'));
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
