import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { write } from '../builder.contract.ts';

const site = {
  'index.html': '<h1>Home</h1>',
  'about.html': '<h1>About</h1>',
  'docs/index.html': '<h1>Docs</h1>',
  '404.html': '<h1>Nothing here</h1>',
  '.env': 'SECRET=1',
  Procfile: 'web: x',
  'app.json': '{}',
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

interface Served {
  readonly child: ChildProcess;
  readonly get: (name: string, init?: RequestInit) => Promise<Response>;
}

async function serve(
  t: TestContext,
  { files, args = [] }: { files: object; args?: string[] },
): Promise<Served> {
  const port = await freePort();
  const app = write(t, files as Record<string, string>);
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'server.ts'), app, ...args], {
    env: { PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return { child, get: (name, init) => fetch(`http://127.0.0.1:${port}${name}`, init) };
}

test('files are served with their type, pages also without .html, folders by their index.html', async (t) => {
  const { get } = await serve(t, { files: site });
  assert.equal(await (await get('/')).text(), '<h1>Home</h1>');
  assert.equal((await get('/')).headers.get('content-type'), 'text/html;charset=utf-8');
  assert.equal(await (await get('/about')).text(), '<h1>About</h1>');
  assert.equal(await (await get('/docs/')).text(), '<h1>Docs</h1>');
});

test('each request is one line of JSON, without its query', async (t) => {
  const { child, get } = await serve(t, { files: site });
  assert.ok(child.stdout);
  const lines = createInterface({ input: child.stdout });
  await get('/nowhere?token=1');
  const [line] = (await once(lines, 'line')) as [string];
  const { time, ...event } = JSON.parse(line);
  assert.equal(new Date(time).toISOString(), time);
  assert.deepEqual(event, { level: 'info', event: 'request', method: 'GET', path: '/nowhere', status: 404 });
});

test('a browser asks again and is told when nothing has changed', async (t) => {
  const { get } = await serve(t, { files: site });
  const first = await get('/about');
  const etag = first.headers.get('etag') ?? '';
  assert.equal(first.headers.get('cache-control'), 'public, max-age=0, must-revalidate');
  assert.equal((await get('/about', { headers: { 'If-None-Match': etag } })).status, 304);
});

test('hidden files, the files of the platform and whatever lies outside are not served', async (t) => {
  const { get } = await serve(t, { files: site });
  for (const name of [
    '/.env',
    '/Procfile',
    '/app.json',
    '/%50rocfile',
    '//Procfile',
    '/..%2f..%2fetc/passwd',
    '/%zz',
  ]) {
    const response = await get(name);
    assert.deepEqual([name, response.status, await response.text()], [name, 404, '<h1>Nothing here</h1>']);
  }
});

test('with a single page, every other name is its', async (t) => {
  const { get } = await serve(t, { files: site, args: ['--single', 'index.html'] });
  assert.equal(await (await get('/users/7')).text(), '<h1>Home</h1>');
});

test('without a page for it, a 404 is a line', async (t) => {
  const { get } = await serve(t, { files: { 'index.html': '' } });
  const response = await get('/x');
  assert.deepEqual([response.status, await response.text()], [404, 'Not found\n']);
});

test('only GET and HEAD are answered', async (t) => {
  const { get } = await serve(t, { files: site });
  assert.equal((await get('/', { method: 'POST', body: 'x' })).status, 405);
  assert.equal((await get('/', { method: 'HEAD' })).status, 200);
});

test('SIGTERM ends it with exit code 0', async (t) => {
  const { child, get } = await serve(t, { files: site });
  await (await get('/')).text();
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});
