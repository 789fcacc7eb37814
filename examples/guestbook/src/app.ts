/** What the web process answers. */
import { type Context, Hono } from 'hono';
import { accepts } from 'hono/accepts';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { streamSSE } from 'hono/streaming';
import type { AssetName } from './assets.ts';
import type { Changes } from './changes.ts';
import { type Database, DatabaseAway, facts } from './database.ts';
import { addEntry, type Entry, latestEntries, type Parsed, parseDraft, stampOf } from './entries.ts';
import type { Log } from './log.ts';
import { guestbookPage, messagePage, type Site, stampAddress } from './page.ts';
import { type Env, requestLog } from './request-log.ts';

export interface Parts {
  readonly site: Site;
  readonly database: Database;
  readonly changes: Changes;
  readonly log: Log;
  /** Aborted when the process stops: what is still answered is the last on its connection. */
  readonly stopping: AbortSignal;
}

export const createApp = (parts: Parts): Hono<Env> => {
  const { site, database, changes, log, stopping } = parts;
  const app = new Hono<Env>();

  app.use(requestLog(log), requestId(), headers, async (c, next) => {
    await next();
    if (stopping.aborted) c.header('Connection', 'close');
  });

  app.get('/', async (c) => {
    c.header('Cache-Control', 'no-cache');
    return c.html(guestbookPage(site, { entries: await latestEntries(database.query) }));
  });

  app.get('/entries.json', async (c) =>
    c.json({ entries: (await latestEntries(database.query)).map(asJson) }),
  );

  app.post('/entries', bodyLimit({ maxSize: 16 * 1024, onError: tooLarge }), async (c) => {
    const { kind, body } = await readBody(c);
    const parsed = parseDraft(body);
    if (parsed.kind === 'invalid') return refuse(c, { kind, parsed, parts });
    const id = await database.transaction((query) => addEntry(query, parsed.draft));
    return kind === 'json' ? c.json({ id }, 201) : c.redirect(`/#entry-${id}`, 303);
  });

  app.get('/stamps/:file{[0-9]{1,9}\\.svg}', async (c) => {
    const stamp = await stampOf(database.query, Number.parseInt(c.req.param('file'), 10));
    if (!stamp) return c.notFound();
    return c.body(stamp, 200, { 'Content-Type': 'image/svg+xml', 'Cache-Control': forEver });
  });

  app.get('/events', (c) =>
    c.req.method === 'HEAD'
      ? c.body(null, 200, { 'Content-Type': 'text/event-stream' })
      : streamSSE(c, (stream) => changes.follow(stream)),
  );

  app.get('/healthz', async (c) => {
    await database.query('select 1');
    return c.text('ok\n');
  });

  for (const name of Object.keys(site.assets) as AssetName[]) {
    app.get(`/${name}`, (c) => {
      const { body, type, version } = site.assets[name];
      // While a new release takes over, a page may ask for a version that is not this process's own.
      const cache = c.req.query('v') === version ? forEver : 'no-cache';
      return c.body(body, 200, { 'Content-Type': type, 'Cache-Control': cache });
    });
  }

  app.notFound((c) =>
    tell(c, { site, status: 404, heading: 'Not here', text: 'There is no page at this address.' }),
  );
  app.onError((error, c) => answerError(error, { c, site, log }));
  return app;
};

const forEver = 'public, max-age=31536000, immutable';

/** HSTS is left to the router, which alone knows whether the site is served over TLS. */
const headers = secureHeaders({
  strictTransportSecurity: false,
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: ["'self'"],
    scriptSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
});

const asJson = (entry: Entry) => ({
  id: entry.id,
  name: entry.name,
  message: entry.message,
  createdAt: entry.createdAt,
  state: entry.state,
  stamp: stampAddress(entry),
});

interface Body {
  readonly kind: 'form' | 'json';
  readonly body: Readonly<Record<string, unknown>>;
}

const readBody = async (c: Context<Env>): Promise<Body> => {
  const type = c.req.header('Content-Type')?.split(';')[0]?.trim().toLowerCase();
  switch (type) {
    case 'application/json':
      return { kind: 'json', body: await readJson(c) };
    case 'application/x-www-form-urlencoded':
    case 'multipart/form-data':
      return { kind: 'form', body: await c.req.parseBody().catch(badRequest) };
    default:
      throw new HTTPException(415, { message: 'Send a form or JSON.' });
  }
};

const readJson = async (c: Context<Env>): Promise<Readonly<Record<string, unknown>>> => {
  const value: unknown = await c.req.json().catch(badRequest);
  return typeof value === 'object' && value !== null ? { ...value } : {};
};

const badRequest = (cause: unknown): never => {
  throw new HTTPException(400, { message: 'The body of the request cannot be read.', cause });
};

const tooLarge = (): never => {
  throw new HTTPException(413, { message: 'A card holds 16 KB at most.' });
};

interface Refusal {
  readonly kind: Body['kind'];
  readonly parsed: Parsed & { readonly kind: 'invalid' };
  readonly parts: Parts;
}

const refuse = async (c: Context<Env>, { kind, parsed, parts }: Refusal) =>
  kind === 'json'
    ? c.json({ faults: parsed.faults }, 422)
    : c.html(
        guestbookPage(parts.site, { entries: await latestEntries(parts.database.query), form: parsed }),
        422,
      );

interface Message {
  readonly site: Site;
  readonly status: 400 | 404 | 413 | 415 | 500 | 503;
  readonly heading: string;
  readonly text: string;
}

/** A page for people, JSON for programs. */
const tell = (c: Context<Env>, { site, status, heading, text }: Message) => {
  c.header('Cache-Control', 'no-store');
  const type = accepts(c, {
    header: 'Accept',
    supports: ['application/json', 'text/html'],
    default: 'application/json',
  });
  return type === 'text/html'
    ? c.html(messagePage(site, { heading, text }), status)
    : c.json({ error: text }, status);
};

interface Occasion {
  readonly c: Context<Env>;
  readonly site: Site;
  readonly log: Log;
}

const answerError = (error: Error, { c, site, log }: Occasion) => {
  if (error instanceof HTTPException) {
    const status = error.status as Message['status'];
    return tell(c, { site, status, heading: 'That did not work', text: error.message });
  }
  if (error instanceof DatabaseAway) {
    log.warn('database-away', { ...facts(error), requestId: c.var.requestId });
    c.header('Retry-After', '2');
    const text = 'The guestbook cannot reach its database. It will be back by itself: please try again.';
    return tell(c, { site, status: 503, heading: 'One moment', text });
  }
  log.error('request-failed', { ...facts(error), stack: error.stack, requestId: c.var.requestId });
  return tell(c, { site, status: 500, heading: 'Something broke', text: 'The guestbook made a mistake.' });
};
