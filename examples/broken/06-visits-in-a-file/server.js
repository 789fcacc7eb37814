import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';

const { PORT } = process.env;
if (!PORT) throw new Error('PORT is not set');

const log = (message, fields) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), level: 'info', message, ...fields }));

const file = `${tmpdir()}/visits`;

const countVisit = () => {
  const visits = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  writeFileSync(file, String(visits + 1));
  return visits + 1;
};

const answerTo = (_request, path) => {
  if (path === '/healthz') return { status: 200, text: 'ok\n' };
  if (path === '/') return { status: 200, text: `Visit ${countVisit()}\n` };
  return { status: 404, text: 'Not found\n' };
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
