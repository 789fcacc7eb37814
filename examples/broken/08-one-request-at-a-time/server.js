import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

const { PORT } = process.env;
if (!PORT) throw new Error('PORT is not set');

const log = (message, fields) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), level: 'info', message, ...fields }));

const workMs = 5;
let busy = false;

const hello = async () => {
  if (busy && server.listening) return { status: 503, text: 'Busy\n' };
  busy = true;
  await wait(workMs);
  busy = false;
  return { status: 200, text: 'Hello\n' };
};

const answerTo = (_request, path) => {
  if (path === '/healthz') return { status: 200, text: 'ok\n' };
  return path === '/' ? hello() : { status: 404, text: 'Not found\n' };
};

const server = createServer(async (request, response) => {
  const { method, url = '/' } = request;
  const path = url.split('?', 1).join();
  const answer = await answerTo(request, path);
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
