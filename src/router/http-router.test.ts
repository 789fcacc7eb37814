import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from '../../test/router/client.ts';
import { startApp, startEdge } from '../../test/router/edge.ts';
import { rawServer } from '../../test/router/wire.ts';
import { startRouter } from './http-router.ts';
import { routerContract } from './router.contract.ts';

routerContract('the router over node:net', startRouter);

test('a port in use is refused with a code and a hint', async () => {
  await using taken = await rawServer();
  await assert.rejects(startEdge({ port: taken.port }), {
    code: 'ROUTER_PORT_TAKEN',
    message: `Cannot listen on "127.0.0.1:${taken.port}": the port is taken`,
    hint: 'Stop what listens there, or choose another port; 0 takes a free one',
  });
});

test('an address that is not of this machine is refused with a code', async () => {
  await assert.rejects(startEdge({ host: '192.0.2.1' }), { code: 'ROUTER_NOT_LISTENING' });
});

test('routers that share a port serve side by side', async () => {
  await using app = await startApp((_, response) => response.end('ok'));
  await using first = await startEdge({ shared: true });
  await using second = await startEdge({ shared: true, port: first.port });
  first.serve(app.port);
  second.serve(app.port);
  for (let turn = 0; first.lines.length === 0 || second.lines.length === 0; turn++) {
    assert.ok(turn < 1_000, 'one of the two got no connection');
    assert.equal((await ask(first.port)).body, 'ok');
  }
});

test('a client over IPv6 is told by its address', async () => {
  await using app = await startApp((request, response) => response.end(request.headers['x-forwarded-for']));
  await using edge = await startEdge({ host: '::' });
  edge.serve(app.port);
  assert.equal((await ask(edge.port, { host: '::1' })).body, '::1');
  assert.equal((await ask(edge.port, { host: '127.0.0.1' })).body, '127.0.0.1');
});
