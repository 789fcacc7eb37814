import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { config } from './config.js';
import { sql } from './database.js';
import { log } from './log.js';
import { openChannel, queue } from './queue.js';

const { connection, channel } = openChannel();
const app = new Hono();

app.use(async (context, next) => {
  const started = performance.now();
  await next();
  const { method, path } = context.req;
  log.info(
    { method, path, status: context.res.status, ms: Math.round(performance.now() - started) },
    'request',
  );
});

app.get('/healthz', (context) => context.text('ok'));
app.get('/', (context) => context.text(config.shopName));
app.get('/orders', async (context) =>
  context.json(await sql`SELECT id, thing, packed FROM orders ORDER BY id DESC LIMIT 100`),
);
app.post('/orders', async (context) => {
  const { thing } = await context.req.parseBody();
  if (typeof thing !== 'string' || thing === '') return context.text('An order needs a thing', 400);
  const [{ id }] = await sql`INSERT INTO orders (thing) VALUES (${thing}) RETURNING id`;
  await channel.sendToQueue(queue, Buffer.from(JSON.stringify({ id })), { persistent: true });
  return context.json({ id }, 201);
});
app.onError((err, context) => {
  log.error({ err, path: context.req.path }, 'request failed');
  return context.text('Something went wrong', 500);
});

const server = serve({ fetch: app.fetch, port: config.port }, ({ port }) => log.info({ port }, 'listening'));

process.once('SIGTERM', () => {
  server.close(async () => {
    await channel.close();
    await connection.close();
    await sql.end();
  });
});
