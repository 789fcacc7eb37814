#!/usr/bin/env node
/**
 * Serves a folder of files that never change: the `web` process of a static site.
 *
 * Usage: static-server FOLDER [--single FILE] [--not-found FILE]
 *
 * Listens on `PORT` of all addresses. Answers GET and HEAD; a name without its `.html` works, a folder answers with its
 * `index.html`. Files whose name begins with a dot, and those that tell the platform about the app, are not served. `--single`
 * answers for every page that is no file, as an app that routes in the browser needs it; `--not-found` is the page of a 404.
 * SIGTERM ends it when the responses in flight are complete. Each request is a line of JSON on standard output.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import { parseArgs } from 'node:util';
import sirv from 'sirv';

const platformFiles = new Set(['/Procfile', '/app.json', '/static.json']);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { single: { type: 'string' }, 'not-found': { type: 'string' } },
});
const folder = path.resolve(positionals[0] ?? '.');
const port = Number(process.env.PORT);
if (!Number.isInteger(port) || port < 1 || port > 65_535) {
  console.error('Cannot serve: PORT is not set to a port');
  process.exit(1);
}

const missing = readMissing(values['not-found']);
const serve = sirv(folder, {
  etag: true,
  gzip: true,
  brotli: true,
  ...(values.single === undefined ? {} : { single: values.single }),
  setHeaders: (response) => {
    // Asked again each time, answered with 304 while the entity tag is the same: a new release shows at once.
    response.setHeader('Cache-Control', 'public, max-age=0, must-revalidate');
    response.setHeader('X-Content-Type-Options', 'nosniff');
  },
});

const server = createServer((request, response) => {
  response.once('close', () => tell(request, response));
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end();
  } else if (platformFiles.has(pathOf(request))) {
    notFound(request, response);
  } else {
    serve(request, response, () => notFound(request, response));
  }
});

server.listen(port, () => say({ event: 'listening', folder, port }));
process.once('SIGTERM', () => server.close(() => process.exit(0)));

/** One event for each request, on a line of its own. The query stays out: it may hold what is nobody's business. */
function tell({ method, url = '/' }: IncomingMessage, response: ServerResponse): void {
  const cut = response.writableFinished ? {} : { cutOff: true };
  say({ event: 'request', method, path: url.split('?')[0], status: response.statusCode, ...cut });
}

function say(facts: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level: 'info', ...facts })}\n`);
}

/** As sirv reads it: decoded, without the query. A name that cannot be decoded is no file's. */
function pathOf(request: IncomingMessage): string {
  const raw = (request.url ?? '/').split('?')[0] ?? '/';
  try {
    return path.posix.normalize(decodeURIComponent(raw));
  } catch (error) {
    if (error instanceof URIError) return raw;
    throw error;
  }
}

function notFound(request: IncomingMessage, response: ServerResponse): void {
  const type = missing.page ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8';
  response.writeHead(404, { 'Content-Type': type, 'Content-Length': missing.body.length });
  response.end(request.method === 'HEAD' ? undefined : missing.body);
}

function readMissing(file: string | undefined): { readonly page: boolean; readonly body: Buffer } {
  const place = path.join(folder, file ?? '404.html');
  if (existsSync(place)) return { page: true, body: readFileSync(place) };
  return { page: false, body: Buffer.from('Not found\n') };
}
