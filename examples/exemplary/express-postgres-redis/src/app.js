import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { pinoHttp } from 'pino-http';

export function createApp({ config, log, database, redis }) {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', 1);
  app.use(
    pinoHttp({
      logger: log,
      redact: ['req.headers.cookie', 'req.headers.authorization', 'res.headers["set-cookie"]'],
    }),
  );
  app.get('/healthz', (_request, response) => {
    response.send('ok');
  });
  app.use(express.urlencoded({ extended: false }));
  app.use(
    session({
      store: new RedisStore({ client: redis, prefix: 'notes:session:' }),
      secret: config.sessionSecret,
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto' },
    }),
  );

  app.get('/', (request, response) => {
    response.send(request.session.user ? `Hello, ${escapeHtml(request.session.user)}` : 'Please sign in');
  });

  app.post('/login', (request, response, next) => {
    const name = String(request.body.name ?? '').trim();
    if (name === '') return response.status(400).send('A name is needed');
    request.session.regenerate((error) => {
      if (error) return next(error);
      request.session.user = name;
      request.log.debug({ user: name }, 'signed in');
      response.redirect(303, '/');
    });
  });

  const signedIn = (request, response, next) => {
    if (request.session.user) next();
    else response.status(401).send('Please sign in');
  };

  app.post('/notes', signedIn, async (request, response) => {
    const body = String(request.body.body ?? '').trim();
    if (body === '') return response.status(400).send('A note needs a text');
    await database.query('INSERT INTO notes (author, body) VALUES ($1, $2)', [request.session.user, body]);
    response.redirect(303, '/notes');
  });

  app.get('/notes', signedIn, async (request, response) => {
    const { rows } = await database.query(
      'SELECT body FROM notes WHERE author = $1 ORDER BY id DESC LIMIT 100',
      [request.session.user],
    );
    response.json(rows.map(({ body }) => body));
  });

  app.use((error, request, response, _next) => {
    request.log.error({ err: error }, 'request failed');
    if (response.headersSent) return response.destroy();
    response.status(error.status ?? 500).send('Something went wrong');
  });
  // The session is kept once an answer is sent: what fails then was answered, and Express would print its trace.
  app.use((error, request, _response, _next) => {
    request.log.error({ err: error }, 'request failed after its answer');
  });
  return app;
}

const escapeHtml = (text) => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
