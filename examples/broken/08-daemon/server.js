import { createServer } from 'node:http';

const { PORT } = process.env;
if (!PORT) throw new Error('PORT is not set');

const log = (message, fields) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), level: 'info', message, ...fields }));

const pages = new Map([
  ['/', 'Hello\n'],
  ['/healthz', 'ok\n'],
]);

const answerTo = (_request, path) => {
  const text = pages.get(path);
  return text === undefined ? { status: 404, text: 'Not found\n' } : { status: 200, text };
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
