import { createServer } from 'node:http';

const { PORT } = process.env;
if (!PORT) throw new Error('PORT is not set');

const log = (message, fields) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), level: 'info', message, ...fields }));

const pages = new Map([
  ['/', 'Hello\n'],
  ['/healthz', 'ok\n'],
  ['/slow', 'done\n'],
]);

let stopping = false;
let busy = 0;

const server = createServer(async (request, response) => {
  const { method, url = '/' } = request;
  const path = url.split('?', 1).join();
  const page = pages.get(path);
  const refused = stopping;
  busy += 1;
  response.on('close', () => {
    busy -= 1;
    if (stopping && busy === 0) server.close();
  });
  if (path === '/slow') await new Promise((resolve) => setTimeout(resolve, 1500));
  response.on('finish', () => log('request', { method, path, status: response.statusCode }));
  response.setHeader('connection', 'close');
  const status = refused ? 503 : page === undefined ? 404 : 200;
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end(refused ? 'Stopping\n' : (page ?? 'Not found\n'));
});

server.listen(Number(PORT), () => log('listening', { port: Number(PORT) }));

const stop = (signal) => {
  log('stopping', { signal });
  stopping = true;
  if (busy === 0) server.close();
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
