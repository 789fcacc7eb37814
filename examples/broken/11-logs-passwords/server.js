import { createServer } from 'node:http';

const { PORT } = process.env;
if (!PORT) throw new Error('PORT is not set');

const log = (message, fields) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), level: 'info', message, ...fields }));

const bodyOf = async (request) => Buffer.concat(await request.toArray()).toString();

const signIn = async (request) => {
  const form = Object.fromEntries(new URLSearchParams(await bodyOf(request)));
  log('signed in', { form });
  return { status: 200, text: 'Welcome\n', headers: { 'set-cookie': `visitor=${form.name}; HttpOnly` } };
};

const visitorOf = ({ headers }) => /visitor=(\w+)/.exec(headers.cookie ?? '')?.[1];

const answerTo = async (request, path) => {
  if (path === '/healthz') return { status: 200, text: 'ok\n' };
  if (path === '/') return { status: 200, text: 'Hello\n' };
  if (path === '/login' && request.method === 'POST') return signIn(request);
  if (path === '/me') return { status: 200, text: `${visitorOf(request) ?? 'nobody'}\n` };
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
