import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshSchema, post, run, runWeb, until } from './harness.ts';

const limit = { timeout: 30_000 };

test('an entry posted to one process is on the page of another', limit, async (t) => {
  const { url } = await freshSchema(t);
  const [one, other] = await Promise.all([
    runWeb(t, { DATABASE_URL: url }),
    runWeb(t, { DATABASE_URL: url }),
  ]);
  const answer = await post(one, { name: 'Ada', message: 'hello' });
  assert.deepEqual([answer.status, answer.headers.get('location')], [303, '/#entry-1']);
  const { entries } = (await (await fetch(`${other.url}/entries.json`)).json()) as { entries: object[] };
  assert.partialDeepStrictEqual(entries, [
    { id: 1, name: 'Ada', message: 'hello', state: 'pending', stamp: null },
  ]);
});

test('what a visitor writes is shown as text, and the page allows no foreign script', limit, async (t) => {
  const { url } = await freshSchema(t);
  const web = await runWeb(t, { DATABASE_URL: url, GUESTBOOK_TITLE: 'Ours & <theirs>' });
  await post(web, { name: '<script>a()</script>', message: '"><img src=x onerror=a()>' });
  const answer = await fetch(web.url);
  const page = await answer.text();
  assert.match(page, /<title>Ours &amp; &lt;theirs&gt;<\/title>/);
  assert.match(page, /<bdi>&lt;script&gt;a\(\)&lt;\/script&gt;<\/bdi>/);
  assert.match(page, /&quot;&gt;&lt;img src=x onerror=a\(\)&gt;/);
  assert.match(
    answer.headers.get('content-security-policy') ?? '',
    /^default-src 'none'; .*script-src 'self'/,
  );
});

test('a form that is not right comes back as it was filled in, with what to change', limit, async (t) => {
  const { url } = await freshSchema(t);
  const web = await runWeb(t, { DATABASE_URL: url });
  const answer = await post(web, { name: '', message: 'almost' });
  const page = await answer.text();
  assert.equal(answer.status, 422);
  assert.match(page, /<span class="fault" id="name-fault">Please write a name<\/span>/);
  assert.match(page, /<textarea[^>]*>\nalmost<\/textarea>/);
});

test('a program posts JSON and gets JSON', limit, async (t) => {
  const { url } = await freshSchema(t);
  const web = await runWeb(t, { DATABASE_URL: url });
  const send = async (body: string, type = 'application/json') => {
    const headers = { 'Content-Type': type };
    const answer = await fetch(`${web.url}/entries`, { method: 'POST', headers, body });
    return [answer.status, await answer.json()];
  };
  assert.deepEqual(await send('{"name":"Ada","message":"hello"}'), [201, { id: 1 }]);
  assert.deepEqual(await send('{"name":"Ada"}'), [422, { faults: { message: 'Please write a message' } }]);
  assert.deepEqual(await send('{'), [400, { error: 'The body of the request cannot be read.' }]);
  assert.deepEqual(await send('hello', 'text/plain'), [415, { error: 'Send a form or JSON.' }]);
  assert.deepEqual(await send('x'.repeat(16_385)), [413, { error: 'A card holds 16 KB at most.' }]);
});

test('a page learns at once that the worker has stamped an entry', limit, async (t) => {
  const { url } = await freshSchema(t);
  const web = await runWeb(t, { DATABASE_URL: url, LOG_LEVEL: 'debug' });
  await web.event('listening-to');
  const events = await fetch(`${web.url}/events`);
  assert.equal(events.headers.get('content-type'), 'text/event-stream');
  const reader = (events.body ?? assert.fail()).pipeThrough(new TextDecoderStream()).getReader();
  await post(web, { name: 'Ada', message: 'hello' });
  run(t, 'worker', { DATABASE_URL: url, STAMP_DELAY_MS: '200' });
  let page = '';
  await until(t, async () => {
    const { value } = await reader.read();
    assert.match(value ?? '', /^(retry: 1000\n)?event: change\n/);
    page = await (await fetch(web.url)).text();
    return page.includes('data-state="stamped"');
  });
  const stamp = await fetch(web.url + (/\/stamps\/1\.svg\?at=\d+/.exec(page)?.[0] ?? assert.fail(page)));
  assert.equal(stamp.headers.get('content-type'), 'image/svg+xml');
  assert.match(await stamp.text(), /^<svg /);
  await reader.cancel();
});

test(
  'a static file is cached for ever at the address that names its version, and only there',
  limit,
  async (t) => {
    const { url } = await freshSchema(t);
    const web = await runWeb(t, { DATABASE_URL: url });
    const address = /\/style\.css\?v=\w+/.exec(await (await fetch(web.url)).text())?.[0] ?? assert.fail();
    const cache = async (path: string) => (await fetch(web.url + path)).headers.get('cache-control');
    assert.equal(await cache(address), 'public, max-age=31536000, immutable');
    assert.equal(await cache('/style.css?v=other'), 'no-cache');
  },
);

test('each request is one event in the log, under the id it came with', limit, async (t) => {
  const { url } = await freshSchema(t);
  const web = await runWeb(t, { DATABASE_URL: url });
  await fetch(`${web.url}/nowhere?secret=1`, { headers: { 'X-Request-Id': 'a-1' } });
  const { time, ms, ...event } = await web.event('request');
  assert.deepEqual(event, {
    level: 'info',
    event: 'request',
    method: 'GET',
    path: '/nowhere',
    status: 404,
    requestId: 'a-1',
  });
  assert.deepEqual([typeof time, typeof ms], ['string', 'number']);
});
