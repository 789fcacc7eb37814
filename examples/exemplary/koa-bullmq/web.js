const http = require('node:http');
const { bodyParser } = require('@koa/bodyparser');
const { Queue } = require('bullmq');
const Koa = require('koa');
const { log } = require('./lib/log.js');
const { connect, queueName } = require('./lib/queue.js');

const connection = connect({ maxRetriesPerRequest: 1 });
const queue = new Queue(queueName, { connection });
queue.on('error', (error) => log.warn('queue', { error: error.message }));
const app = new Koa();

app.on('error', (error, ctx) =>
  log.error('request failed', { path: ctx?.path, error: error.message, stack: error.stack }),
);

app.use(async (ctx, next) => {
  const started = Date.now();
  try {
    await next();
  } finally {
    log.info('request', { method: ctx.method, path: ctx.path, status: ctx.status, ms: Date.now() - started });
  }
});

app.use(bodyParser());

app.use(async (ctx) => {
  if (ctx.method === 'GET' && ctx.path === '/healthz') ctx.body = 'ok';
  else if (ctx.method === 'GET' && ctx.path === '/') ctx.body = process.env.GREETING || 'Reports';
  else if (ctx.method === 'POST' && ctx.path === '/reports') {
    const name = ctx.request.body.name;
    if (typeof name !== 'string' || name === '') ctx.throw(400, 'A report needs a name');
    await connection.lpush('reports', name);
    await queue.add('report', { name }, { attempts: 3, removeOnComplete: 1000 });
    ctx.status = 202;
    ctx.body = { name };
  } else if (ctx.method === 'GET' && ctx.path === '/reports') {
    ctx.body = await connection.lrange('reports', 0, 99);
  } else if (ctx.method === 'GET' && ctx.path.startsWith('/reports/')) {
    const name = ctx.path.slice('/reports/'.length);
    const text = await connection.get(`report:${name}`);
    if (text !== null) ctx.body = text;
  }
});

const server = http.createServer(app.callback());
server.listen(process.env.PORT || 3000, () => log.info('listening', { port: server.address().port }));

process.on('SIGTERM', () => {
  server.close(async () => {
    await queue.close();
    await connection.quit();
  });
});
