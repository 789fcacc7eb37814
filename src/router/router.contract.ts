/** What every router does. */
import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { test } from 'node:test';
import { ask } from '../../test/router/client.ts';
import { endpointOf, type StartRouter, startApp, startEdge } from '../../test/router/edge.ts';
import { dial, type RawEnd, rawServer, refusingPort } from '../../test/router/wire.ts';

const host = 'Host: app.localhost\r\n';
const timely = (): AbortSignal => AbortSignal.timeout(10_000);

export function routerContract(name: string, start: StartRouter): void {
  const edgeOf = () => startEdge({}, start);

  test(`${name} takes a request for a host to a process of that app and its response back`, async () => {
    await using app = await startApp((request, response) => {
      response.writeHead(201, { 'X-App': 'yes' });
      request.pipe(response);
    });
    await using edge = await edgeOf();
    edge.serve(app.port);
    const answer = await ask(edge.port, { method: 'POST', path: '/notes?new=1', body: 'hello' });
    assert.equal(answer.status, 201);
    assert.equal(answer.headers['x-app'], 'yes');
    assert.equal(answer.body, 'hello');
  });

  test(`${name} compares hosts in lower case, without port and without a trailing dot`, async () => {
    await using app = await startApp((request, response) => response.end(request.headers.host));
    await using edge = await edgeOf();
    edge.serve(app.port);
    for (const given of ['app.localhost', 'APP.LocalHost:8080', 'app.localhost.', 'app.localhost.:80']) {
      const answer = await ask(edge.port, { headers: { host: given } });
      assert.deepEqual([answer.status, answer.body], [200, given]);
    }
  });

  test(`${name} answers 404 ROUTE_UNKNOWN for a host without an app`, async () => {
    await using edge = await edgeOf();
    const answer = await ask(edge.port, { headers: { host: 'nobody.localhost' } });
    assert.deepEqual([answer.status, answer.headers['dozen-error']], [404, 'ROUTE_UNKNOWN']);
    const line = await edge.line();
    assert.deepEqual([line.appId, line.process, line.code, line.status], [null, null, 'ROUTE_UNKNOWN', 404]);
  });

  test(`${name} answers 503 PROCESS_NONE for an app without a ready process`, async () => {
    await using edge = await edgeOf();
    edge.serve();
    const answer = await ask(edge.port);
    assert.deepEqual([answer.status, answer.headers['dozen-error']], [503, 'PROCESS_NONE']);
    const line = await edge.line();
    assert.deepEqual([line.appId, line.process, line.code], ['app-1', null, 'PROCESS_NONE']);
  });

  test(`${name} tells the process where the request came from`, async () => {
    await using app = await startApp((request, response) => response.end(JSON.stringify(request.headers)));
    await using edge = await edgeOf();
    edge.serve(app.port);
    const before = Date.now();
    const { body } = await ask(edge.port, {
      headers: {
        'x-forwarded-for': '203.0.113.7',
        'x-forwarded-proto': 'https',
        'x-forwarded-port': '443',
        'x-request-start': '1',
        'x-request-id': 'abc-DEF_123',
        te: 'trailers',
        connection: 'keep-alive, x-private',
        'x-private': 'mine',
      },
    });
    const seen = JSON.parse(body) as Record<string, string>;
    assert.equal(seen.host, 'app.localhost');
    assert.equal(seen['x-forwarded-for'], '203.0.113.7, 127.0.0.1');
    assert.equal(seen['x-forwarded-proto'], 'http');
    assert.equal(seen['x-forwarded-port'], String(edge.port));
    assert.equal(seen['x-request-id'], 'abc-DEF_123');
    assert.equal(seen.via, '1.1 dozen');
    assert.ok(Number(seen['x-request-start']) >= before);
    assert.equal(seen['x-private'], undefined);
    assert.equal(seen.te, undefined);
    assert.equal((await edge.line()).requestId, 'abc-DEF_123');
  });

  test(`${name} makes a request id where the client's cannot be kept`, async () => {
    await using app = await startApp((request, response) => response.end(request.headers['x-request-id']));
    await using edge = await edgeOf();
    edge.serve(app.port);
    for (const id of ['with space', 'x'.repeat(201), 'quote"d', '']) {
      const { body } = await ask(edge.port, { headers: { 'x-request-id': id } });
      assert.match(body, /^[0-9a-f-]{36}$/);
    }
  });

  test(`${name} reports each request once, with what happened to it`, async () => {
    await using app = await startApp((_, response) => {
      response.writeHead(200, { 'Content-Length': 5, Date: 'x' });
      response.end('hello');
    });
    await using edge = await edgeOf();
    edge.serve(app.port);
    await ask(edge.port, { path: '/a?b=c', method: 'PUT', body: 'x' });
    const line = await edge.line();
    assert.equal(line.appId, 'app-1');
    assert.equal(line.method, 'PUT');
    assert.equal(line.host, 'app.localhost');
    assert.equal(line.path, '/a?b=c');
    assert.equal(line.client, '127.0.0.1');
    assert.equal(line.process, 'web.1');
    assert.equal(line.status, 200);
    assert.equal(line.code, null);
    assert.equal(
      line.bytes,
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: x\r\nConnection: close\r\n\r\nhello'.length,
    );
    assert.equal(edge.lines.length, 1);
  });

  test(`${name} spreads requests over the processes`, async () => {
    await using one = await startApp((_, response) => response.end('one'));
    await using two = await startApp((_, response) => response.end('two'));
    await using edge = await edgeOf();
    edge.serve(one.port, two.port);
    const bodies: string[] = [];
    for (let turn = 0; turn < 6; turn++) bodies.push((await ask(edge.port)).body);
    assert.deepEqual(bodies.toSorted(), ['one', 'one', 'one', 'two', 'two', 'two']);
  });

  test(`${name} prefers the process with fewer requests in flight`, async () => {
    await using stuck = await rawServer();
    await using free = await startApp((_, response) => response.end('free'));
    await using edge = await edgeOf();
    edge.serve(stuck.port, free.port);
    const waiting = await dial(edge.port);
    waiting.send(`GET / HTTP/1.1\r\n${host}\r\n`);
    await stuck.accept();
    for (let turn = 0; turn < 4; turn++) assert.equal((await ask(edge.port)).body, 'free');
  });

  test(`${name} goes to the next process when one refuses the connection`, async () => {
    await using app = await startApp((request, response) => request.pipe(response));
    await using edge = await edgeOf();
    edge.serve(await refusingPort(), app.port);
    for (let turn = 0; turn < 4; turn++) {
      const answer = await ask(edge.port, { method: 'POST', body: 'kept' });
      assert.deepEqual([answer.status, answer.body], [200, 'kept']);
    }
  });

  test(`${name} sends a request that ended its process to no other`, async () => {
    const ends = (end: RawEnd): void => void end.socket.once('data', () => end.socket.destroy());
    await using one = await rawServer(ends);
    await using two = await rawServer(ends);
    await using edge = await edgeOf();
    edge.serve(one.port, two.port);
    for (const taken of [1, 2]) {
      const answer = await ask(edge.port);
      assert.deepEqual([answer.status, answer.headers['dozen-error']], [502, 'PROCESS_BROKE_OFF']);
      assert.equal(one.accepted + two.accepted, taken);
    }
  });

  test(`${name} sends no request again that a process took on a kept connection and ended`, async () => {
    await using app = await rawServer();
    await using edge = await edgeOf();
    edge.serve(app.port);
    const client = (await dial(edge.port)).send(`GET / HTTP/1.1\r\n${host}\r\n`);
    const process = await app.accept();
    await process.until('\r\n\r\n');
    process.send('HTTP/1.1 204 No Content\r\n\r\n');
    await client.until('204');
    client.send(`GET / HTTP/1.1\r\n${host}\r\n`);
    await process.until('\r\n\r\n');
    process.socket.destroy();
    assert.match(await client.until(/\r\n\r\n.+PROCESS/s), /^HTTP\/1.1 502 .*PROCESS_BROKE_OFF/s);
    assert.equal(app.accepted, 1);
  });

  test(`${name} answers 502 PROCESS_UNREACHABLE when every process refuses`, async () => {
    await using edge = await edgeOf();
    edge.serve(await refusingPort(), await refusingPort());
    const answer = await ask(edge.port);
    assert.deepEqual([answer.status, answer.headers['dozen-error']], [502, 'PROCESS_UNREACHABLE']);
    assert.equal((await edge.line()).process, null);
    assert.equal(edge.router.busy('one') + edge.router.busy('two'), 0);
  });

  test(`${name} keeps its routes when a table with a lower version comes`, async () => {
    await using app = await startApp((_, response) => response.end('here'));
    await using edge = await edgeOf();
    edge.router.apply({
      version: 5,
      routes: [
        { host: 'app.localhost', appId: 'app-1', appName: 'app', endpoints: [endpointOf(app.port, 0)] },
      ],
    });
    edge.router.apply({ version: 4, routes: [] });
    assert.equal((await ask(edge.port)).body, 'here');
  });

  test(`${name} counts a request as busy until its response is complete`, async () => {
    await using app = await rawServer();
    await using edge = await edgeOf();
    edge.serve(app.port);
    const client = (await dial(edge.port)).send(`GET / HTTP/1.1\r\n${host}\r\n`);
    const process = await app.accept();
    await process.until('\r\n\r\n');
    assert.equal(edge.router.busy('one'), 1);
    process.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha');
    await client.until('ha');
    assert.equal(edge.router.busy('one'), 1);
    process.send('lf');
    await client.until('lf');
    assert.equal(edge.router.busy('one'), 0);
  });

  test(`${name} tells when the processes that left the table have no request in flight`, async () => {
    await using app = await rawServer();
    await using edge = await edgeOf();
    edge.serve(app.port);
    const client = (await dial(edge.port)).send(`GET / HTTP/1.1\r\n${host}\r\n`);
    const process = await app.accept();
    await process.until('\r\n\r\n');
    edge.serve();
    let idle = false;
    const waiting = edge.router.idle(['one'], timely()).then(() => {
      idle = true;
    });
    assert.equal(edge.router.busy('one'), 1);
    process.send('HTTP/1.1 204 No Content\r\n\r\n');
    await client.until('204');
    await waiting;
    assert.ok(idle);
    assert.equal(await process.ended(), 'ended');
  });

  test(`${name} stops waiting for idle processes when the signal aborts`, async () => {
    await using app = await rawServer();
    await using edge = await edgeOf();
    edge.serve(app.port);
    (await dial(edge.port)).send(`GET / HTTP/1.1\r\n${host}\r\n`);
    await app.accept();
    const stop = new AbortController();
    const waiting = edge.router.idle(['one'], stop.signal);
    stop.abort();
    await waiting;
    assert.equal(edge.router.busy('one'), 1);
  });

  test(`${name} closes the idle connections of a process that left the table`, async () => {
    await using app = await rawServer();
    await using edge = await edgeOf();
    edge.serve(app.port);
    const client = (await dial(edge.port)).send(`GET / HTTP/1.1\r\n${host}\r\n`);
    const process = await app.accept();
    await process.until('\r\n\r\n');
    process.send('HTTP/1.1 204 No Content\r\n\r\n');
    await client.until('204');
    edge.serve();
    assert.equal(await process.ended(), 'ended');
  });

  test(`${name} loses no request while routes are replaced again and again`, async () => {
    await using one = await startApp((_, response) => response.end('ok'));
    await using two = await startApp((_, response) => response.end('ok'));
    await using edge = await edgeOf();
    edge.serve(one.port);
    const agent = new Agent({ keepAlive: true });
    let replacing = true;
    const replace = async (): Promise<void> => {
      for (let turn = 0; turn < 40; turn++) {
        if (turn % 2 === 0) edge.serve(two.port);
        else edge.serve(one.port);
        await edge.router.idle(['gone'], timely());
        await new Promise((resolve) => setImmediate(resolve));
      }
      replacing = false;
    };
    const stream = async (): Promise<void> => {
      for (let sent = 0; replacing || sent < 20; sent++)
        assert.equal((await ask(edge.port, { agent })).body, 'ok');
    };
    await Promise.all([replace(), stream(), stream(), stream(), stream()]);
    agent.destroy();
  });

  test(`${name} answers for an app in maintenance by itself, and ends nothing that is in flight`, async () => {
    await using app = await rawServer();
    await using edge = await edgeOf();
    edge.serve(app.port);
    const client = (await dial(edge.port)).send(`GET / HTTP/1.1\r\n${host}\r\n`);
    const process = await app.accept();
    await process.until('\r\n\r\n');
    const route = {
      host: 'app.localhost',
      appId: 'app-1',
      appName: 'app',
      endpoints: [endpointOf(app.port, 0)],
    };
    edge.router.apply({ version: 2, routes: [{ ...route, maintenance: true }] });
    const page = await ask(edge.port, { headers: { accept: 'text/html' } });
    assert.deepEqual([page.status, page.headers['dozen-error']], [503, 'APP_IN_MAINTENANCE']);
    assert.match(page.body, /The app is in maintenance/);
    assert.equal(app.accepted, 1);
    process.send('HTTP/1.1 204 No Content\r\n\r\n');
    await client.until('204');
    edge.router.apply({ version: 3, routes: [{ ...route, maintenance: false }] });
    const next = (await dial(edge.port)).send(`GET / HTTP/1.1\r\n${host}\r\n`);
    await process.until('GET');
    process.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi');
    await next.until('hi');
  });

  test(`${name} finishes what is in flight when it closes, and accepts nothing new`, async () => {
    await using app = await rawServer();
    await using edge = await edgeOf();
    edge.serve(app.port);
    const client = (await dial(edge.port)).send(`GET / HTTP/1.1\r\n${host}\r\n`);
    const process = await app.accept();
    await process.until('\r\n\r\n');
    const closed = edge.router.close(10_000);
    await assert.rejects(dial(edge.port), { code: /^ECONN(REFUSED|RESET)$/ });
    process.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone');
    const response = await client.until('done');
    assert.match(response, /\r\nConnection: close\r\n/);
    assert.equal(await client.ended(), 'ended');
    client.socket.end();
    await closed;
  });

  test(`${name} ends what is still in flight after the grace`, async () => {
    await using app = await rawServer();
    await using edge = await edgeOf();
    edge.serve(app.port);
    const client = (await dial(edge.port)).send(`GET / HTTP/1.1\r\n${host}\r\n`);
    await app.accept();
    await edge.router.close(50);
    await client.ended();
    assert.equal(client.text, '');
    assert.equal((await edge.line()).code, 'CLIENT_GONE');
  });
}
