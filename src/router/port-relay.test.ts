import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { freePort } from '../../test/parts/local-host.ts';
import { endpointOf, startEdge } from '../../test/router/edge.ts';
import { dial, type RawServer, rawServer, refusingPort } from '../../test/router/wire.ts';
import type { ConnectionLine, RouterOptions } from './router.ts';

/** A router that exports the given ports as one type; with the lines of connections that are over. */
async function exporting(...processes: readonly number[]) {
  const port = await freePort();
  const lines: ConnectionLine[] = [];
  const arrivals = new EventTarget();
  const options: Partial<RouterOptions> = {
    onConnection: (line) => {
      lines.push(line);
      arrivals.dispatchEvent(new Event('line'));
    },
  };
  const edge = await startEdge(options);
  let version = 0;
  const serve = (...ports: readonly number[]): void =>
    edge.router.apply({
      version: ++version,
      routes: [],
      ports: [
        { port, appId: 'app-1', appName: 'app', processType: 'mqtt', endpoints: ports.map(endpointOf) },
      ],
    });
  serve(...processes);
  return {
    port,
    edge,
    serve,
    remove: () => edge.router.apply({ version: ++version, routes: [], ports: [] }),
    async line() {
      if (lines.length === 0) await once(arrivals, 'line', { signal: AbortSignal.timeout(10_000) });
      return lines.shift() as ConnectionLine;
    },
    [Symbol.asyncDispose]: () => edge[Symbol.asyncDispose](),
  };
}

async function taken(server: RawServer, port: number) {
  const client = await dial(port);
  return { client, process: await server.accept() };
}

describe('a TCP port of the edge', { timeout: 60_000 }, () => {
  test('bytes pass both ways, and each end of a direction is passed on while the other goes on', async () => {
    await using app = await rawServer();
    await using edge = await exporting(app.port);
    const { client, process } = await taken(app, edge.port);
    client.send('hello');
    await process.until('hello');
    client.socket.end();
    assert.equal(await process.ended(), 'ended');
    process.send('still here');
    await client.until('still here');
    process.socket.end();
    assert.equal(await client.ended(), 'ended');
    const { at: _, connectMs: __, serviceMs: ___, ...facts } = await edge.line();
    assert.deepEqual(facts, {
      appId: 'app-1',
      port: edge.port,
      client: '127.0.0.1',
      process: 'web.1',
      received: 5,
      sent: 10,
      code: null,
    });
  });

  test('connections are spread over the processes, the least busy first', async () => {
    await using one = await rawServer();
    await using two = await rawServer();
    await using edge = await exporting(one.port, two.port);
    for (let count = 0; count < 6; count++) {
      const before = one.accepted + two.accepted;
      await dial(edge.port);
      while (one.accepted + two.accepted === before)
        await Promise.race([once(one.server, 'came'), once(two.server, 'came')]);
    }
    assert.deepEqual([one.accepted, two.accepted], [3, 3]);
  });

  test('a process that refuses is passed over', async () => {
    await using app = await rawServer();
    await using edge = await exporting(await refusingPort(), app.port);
    for (let count = 0; count < 3; count++) {
      const { client, process } = await taken(app, edge.port);
      client.send('x');
      await process.until('x');
    }
  });

  test('without a process that takes it a connection is reset, and the line says why', async () => {
    await using edge = await exporting();
    assert.ok(await isReset(edge.port));
    assert.equal((await edge.line()).code, 'PROCESS_NONE');
    edge.serve(await refusingPort());
    assert.ok(await isReset(edge.port));
    assert.equal((await edge.line()).code, 'PROCESS_UNREACHABLE');
    assert.equal(edge.edge.router.busy('one'), 0);
  });

  test('what breaks off on one side breaks off on the other', async () => {
    await using app = await rawServer();
    await using edge = await exporting(app.port);
    const first = await taken(app, edge.port);
    first.client.send('x');
    await first.process.until('x');
    first.process.socket.resetAndDestroy();
    assert.equal(await first.client.ended(), 'reset');
    assert.equal((await edge.line()).code, 'PROCESS_BROKE_OFF');
    const second = await taken(app, edge.port);
    second.client.send('x');
    await second.process.until('x');
    second.client.socket.resetAndDestroy();
    assert.equal(await second.process.ended(), 'reset');
    assert.equal((await edge.line()).code, null);
  });

  test('a side that reads nothing holds the other back', async () => {
    await using app = await rawServer();
    await using edge = await exporting(app.port);
    const { client, process } = await taken(app, edge.port);
    client.socket.pause();
    const piece = Buffer.alloc(1024 * 1024);
    const total = 64;
    let written = 0;
    const pump = (): void => {
      while (written < total) {
        written++;
        if (!process.socket.write(piece)) return void process.socket.once('drain', pump);
      }
      process.socket.end();
    };
    pump();
    // What the kernel takes on both hops is far below: the edge itself must be holding.
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(written < total, `${written} MiB were taken of a client that reads nothing`);
    let received = 0;
    client.socket.on('data', (bytes: Buffer) => {
      received += bytes.length;
    });
    client.socket.resume();
    await client.ended();
    assert.equal(received, total * piece.length);
  });

  test('a connection keeps its process busy to its end, in no table any more too', async () => {
    await using app = await rawServer();
    await using edge = await exporting(app.port);
    const { client, process } = await taken(app, edge.port);
    edge.serve();
    let idle = false;
    const waiting = edge.edge.router.idle(['one'], AbortSignal.timeout(10_000)).then(() => {
      idle = true;
    });
    client.send('on');
    await process.until('on');
    assert.equal(idle, false);
    client.socket.end();
    process.socket.end();
    await waiting;
    assert.equal(edge.edge.router.busy('one'), 0);
  });

  test('a port that leaves the table takes nothing new; what is under way goes on', async () => {
    await using app = await rawServer();
    await using edge = await exporting(app.port);
    const { client, process } = await taken(app, edge.port);
    edge.remove();
    await assert.rejects(dial(edge.port), { code: 'ECONNREFUSED' });
    client.send('on');
    await process.until('on');
  });

  test('a port that leaves the table before it was listened on is not listened on', async () => {
    await using edge = await exporting();
    edge.remove();
    edge.serve();
    edge.remove();
    await edge.edge.router.close(0);
    await assert.rejects(dial(edge.port), { code: 'ECONNREFUSED' });
  });

  test('a port that another program has is taken as soon as it is free', async () => {
    await using app = await rawServer();
    await using edge = await exporting(app.port);
    edge.remove();
    const other = await rawServer();
    const warned = once(process, 'warning');
    const version = Number.MAX_SAFE_INTEGER;
    const route = {
      appId: 'app-1',
      appName: 'app',
      processType: 'mqtt',
      endpoints: [endpointOf(app.port, 0)],
    };
    edge.edge.router.apply({ version, routes: [], ports: [{ port: other.port, ...route }] });
    const [warning] = await warned;
    assert.equal(warning.code, 'EXPORT_NOT_LISTENING');
    await other[Symbol.asyncDispose]();
    const client = await untilAccepted(other.port);
    client.write('there');
    await (await app.accept()).until('there');
    client.destroy();
  });

  test('a router that closes lets connections finish, and cuts those left after its grace', async () => {
    await using app = await rawServer();
    await using edge = await exporting(app.port);
    const ending = await taken(app, edge.port);
    const staying = await taken(app, edge.port);
    const closed = edge.edge.router.close(300);
    ending.process.send('last');
    await ending.client.until('last');
    await closed;
    assert.equal(await staying.client.ended(), 'reset');
  });
});

async function isReset(port: number): Promise<boolean> {
  try {
    return (await (await dial(port)).ended()) === 'reset';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNRESET';
  }
}

async function untilAccepted(port: number) {
  for (const deadline = AbortSignal.timeout(10_000); ; deadline.throwIfAborted()) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect', { signal: deadline });
      return socket;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
    }
  }
}
