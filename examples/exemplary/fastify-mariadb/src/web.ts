import fastify from 'fastify';
import knex from 'knex';

const { DATABASE_URL, PORT = '3000', PAGE_SIZE = '50' } = process.env;
if (DATABASE_URL === undefined) throw new Error('DATABASE_URL is not set');

const app = fastify({ logger: true });
const knexLog = {
  warn: (message: unknown) => app.log.warn(message),
  error: (message: unknown) => app.log.error(message),
};
const database = knex({
  client: 'mysql2',
  connection: DATABASE_URL,
  pool: { min: 0, max: 10 },
  log: knexLog,
});

interface Todo {
  id: number;
  title: string;
  done: boolean;
}

app.get('/health', async () => ({ ok: true }));

app.get('/todos', async () => ({
  todos: await database<Todo>('todos')
    .select('id', 'title', 'done')
    .orderBy('id', 'desc')
    .limit(Number(PAGE_SIZE)),
  pageSize: Number(PAGE_SIZE),
}));

app.post<{ Body: { title: string } }>(
  '/todos',
  {
    schema: {
      body: {
        type: 'object',
        required: ['title'],
        properties: { title: { type: 'string', minLength: 1, maxLength: 200 } },
      },
    },
  },
  async (request, reply) => {
    const [id] = await database('todos').insert({ title: request.body.title });
    return reply.code(201).send({ id, title: request.body.title, done: false });
  },
);

app.addHook('onClose', () => database.destroy());
process.once('SIGTERM', () => void app.close());

await app.listen({ port: Number(PORT), host: '::' });
