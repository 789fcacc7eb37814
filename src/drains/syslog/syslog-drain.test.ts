import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, createServer, type ServerOpts, type Socket } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Certificate, makeCertificate } from '../../../test/drains/certificate.ts';
import { openRelay, type Relay, type RelayOptions } from '../../../test/drains/relay.ts';
import { openRsyslog, type Rsyslog } from '../../../test/drains/rsyslog.ts';
import { openSyslogHarness, openTo, token } from '../../../test/drains/syslog-harness.ts';
import { freePort, systemClock } from '../../../test/parts/local-host.ts';
import { lackingOf } from '../../../test/parts/programs.ts';
import type { Clock } from '../../base/clock.ts';
import type { DozenError } from '../../base/error.ts';
import type { LogLine } from '../../factors/11-logs/log-line.ts';
import { testDrain } from '../drain.contract.ts';
import type { Drain } from '../drain.ts';

const lacking = lackingOf(['rsyslogd', 'openssl']);
testDrain('the syslog drain over TCP', () => openSyslogHarness(), lacking);
testDrain('the syslog drain over TLS', () => openSyslogHarness(certificateHere()), lacking);

let made: Certificate | undefined;
/** Made when a first test wants it. */
function certificateHere(): Certificate {
  made ??= makeCertificate('IP:127.0.0.1');
  return made;
}

const timely = (): AbortSignal => AbortSignal.timeout(20_000);

function line(text: string, more: Partial<LogLine> = {}): LogLine {
  const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  return { at, sequence: 1, source: 'app', process: 'web.1', instance: 'web.1-a', text, ...more };
}

/** What a drain has told. */
class Faults extends EventEmitter {
  readonly list: DozenError[] = [];

  readonly tell = (fault: DozenError): void => {
    this.list.push(fault);
    this.emit('told');
  };

  async until(count: number): Promise<readonly string[]> {
    while (this.list.length < count) await once(this, 'told', { signal: timely() });
    return this.list.map(({ code, message }) => `${code} ${message}`);
  }
}

describe('the syslog drain', { timeout: 60_000, skip: lacking ?? false }, () => {
  const certificate = certificateHere();
  const opened: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of opened.splice(0).reverse()) await close();
  });

  async function startRsyslog(): Promise<Rsyslog> {
    const rsyslog = await openRsyslog();
    opened.push(rsyslog.close);
    await rsyslog.start();
    return rsyslog;
  }

  async function startRelay(options: RelayOptions): Promise<Relay> {
    const relay = await openRelay(options);
    opened.push(relay.close);
    return relay;
  }

  async function startServer(options: ServerOpts, take: (socket: Socket) => void): Promise<number> {
    const server = createServer(options, take);
    opened.push(async () => server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  function openDrain(...[port, options, trusted]: Parameters<typeof openTo>): Drain {
    const drain = openTo(port, options, trusted);
    opened.push(() => drain.close(AbortSignal.abort()));
    return drain;
  }

  test('a message carries the token of the drain, a priority, and neither id nor structured data', async () => {
    const rsyslog = await startRsyslog();
    const drain = openDrain(rsyslog.port, {});
    drain.write([line('Nul: \0')]);
    const [message] = await rsyslog.until(({ length }) => length === 1, timely());
    assert.deepEqual(message, {
      priority: '190',
      time: '2026-01-02T03:04:05.678Z',
      hostname: token,
      app: 'app',
      process: 'web.1',
      id: '-',
      data: '-',
      text: 'Nul: ␀',
    });
  });

  test('nothing is lost once the drain knows that its destination is gone', async () => {
    const rsyslog = await startRsyslog();
    const faults = new Faults();
    const drain = openDrain(rsyslog.port, { tell: faults.tell });
    drain.write([line('0')]);
    await rsyslog.until(({ length }) => length === 1, timely());
    await rsyslog.kill();
    await faults.until(1);
    const texts = Array.from({ length: 1000 }, (_, index) => String(index + 1));
    drain.write(texts.map((text) => line(text)));
    await rsyslog.start();
    const received = await rsyslog.until(({ length }) => length === 1001, timely());
    assert.deepEqual(
      received.map(({ text }) => text),
      ['0', ...texts],
    );
  });

  test('a delivery that the kernel had not taken when the connection broke is made again in whole', async () => {
    const chunks: Buffer[] = [];
    let broken = false;
    const arrived = new EventEmitter();
    const port = await startServer({}, (socket) => {
      if (!broken) {
        broken = true;
        socket.once('data', () => socket.resetAndDestroy());
        return;
      }
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (chunk.toString().endsWith(' end')) arrived.emit('end');
      });
    });
    const faults = new Faults();
    // More than the kernel holds for a connection that is hardly read.
    const text = '0123456789abcdef'.repeat(1024 * 1024);
    const drain = openDrain(port, { tell: faults.tell, limitBytes: 4 * text.length });
    const end = once(arrived, 'end', { signal: timely() });
    drain.write([line(text), line('end')]);
    await end;
    assert.equal(faults.list.length, 1);
    const received = Buffer.concat(chunks).toString();
    const [count = ''] = received.split(' ', 1);
    const first = received.slice(count.length + 1, count.length + 1 + Number(count));
    assert.ok(first.startsWith('<190>1 ') && first.endsWith(` - - ${text}`));
    assert.match(received.slice(count.length + 1 + first.length), /^\d+ <190>1 .* - - end$/);
  });

  test('a connection that the destination ends is told, and the next line opens another', async () => {
    const received: string[] = [];
    const port = await startServer({}, (socket) => {
      socket.write('a syslog destination has nothing to say\n');
      socket.once('data', (bytes) => {
        received.push(bytes.toString());
        socket.end();
      });
    });
    const faults = new Faults();
    const drain = openDrain(port, { tell: faults.tell });
    drain.write([line('one')]);
    const told = `DRAIN_AWAY Cannot deliver log lines to 127.0.0.1:${port}: it closed the connection`;
    assert.deepEqual(await faults.until(1), [told]);
    drain.write([line('two')]);
    assert.deepEqual(await faults.until(2), [told, told]);
    assert.deepEqual(
      received.map((text) => text.split(' ').at(-1)),
      ['one', 'two'],
    );
    assert.equal(await drain.close(timely()), 0);
  });

  test('one connection serves until close, which waits until the destination has read everything', async () => {
    const came = new EventEmitter();
    let connections = 0;
    let hasReadAll = false;
    const port = await startServer({ allowHalfOpen: true }, (socket) => {
      connections += 1;
      socket.on('data', (bytes: Buffer) => came.emit(bytes.toString().split(' ').at(-1) ?? ''));
      socket.once('end', () => {
        hasReadAll = true;
        socket.end();
      });
    });
    const drain = openDrain(port, {});
    for (const text of ['one', 'two', 'three']) {
      const arrived = once(came, text, { signal: timely() });
      drain.write([line(text)]);
      await arrived;
    }
    assert.equal(await drain.close(timely()), 0);
    assert.ok(hasReadAll);
    assert.equal(connections, 1);
  });

  test('a destination that never ends its side does not hold up close', async () => {
    const port = await startServer({ allowHalfOpen: true }, (socket) => socket.resume());
    const drain = openDrain(port, {});
    drain.write([line('one')]);
    assert.equal(await drain.close(timely()), 0);
  });

  test('attempts follow the back-off of what crashes, and each failure is told', async () => {
    const port = await freePort();
    const faults = new Faults();
    const waits: number[] = [];
    let now = 0;
    const clock: Clock = {
      now: () => Date.UTC(2026, 0, 1),
      monotonic: () => now,
      async sleep(ms) {
        waits.push(ms);
        now += ms;
      },
    };
    const drain = openDrain(port, { tell: faults.tell, random: () => 0, clock });
    drain.write([line('held')]);
    const told = await faults.until(12);
    assert.equal(await drain.close(AbortSignal.abort()), 1);
    assert.deepEqual(
      waits.slice(0, 11),
      [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000],
    );
    const refused = `connect ECONNREFUSED 127.0.0.1:${port}`;
    assert.equal(told[0], `DRAIN_AWAY Cannot deliver log lines to 127.0.0.1:${port}: ${refused}`);
  });

  test('a drain that is closed while it waits to try again tries at once', async () => {
    const rsyslog = await openRsyslog();
    opened.push(rsyslog.close);
    const faults = new Faults();
    const clock: Clock = { ...systemClock, sleep: (_, signal) => systemClock.sleep(60_000, signal) };
    const drain = openDrain(rsyslog.port, { tell: faults.tell, clock });
    drain.write([line('held')]);
    await faults.until(1);
    await rsyslog.start();
    assert.equal(await drain.close(timely()), 0);
    const [message] = await rsyslog.until(({ length }) => length === 1, timely());
    assert.equal(message?.text, 'held');
  });

  test('an absent destination costs no more memory than the limit and a little', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    // What a first collection finds unused, a later one has given back.
    const used = async (): Promise<number> => {
      for (let turn = 0; turn < 4; turn += 1) {
        collect();
        await new Promise((resolve) => setImmediate(resolve));
      }
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    const limitBytes = 4 * 1024 * 1024;
    const drain = openDrain(await freePort(), { limitBytes });
    for (const text of ['', 'x'.repeat(100), 'x'.repeat(3000)]) {
      const lines = Array.from({ length: 1000 }, () => line(text));
      const before = await used();
      for (let written = 0; written < 60; written += 1) drain.write(lines);
      const grown = (await used()) - before;
      assert.ok(grown < 1.25 * limitBytes, `${grown} bytes more for lines of ${text.length}`);
    }
    assert.equal(await drain.close(AbortSignal.abort()), 180_000);
  });

  for (const [whose, other, why] of [
    ['another authority', makeCertificate('IP:127.0.0.1'), 'self-signed certificate'],
    ['another name', makeCertificate('DNS:other.example'), 'it is for another name'],
  ] as const) {
    test(`a destination with a certificate of ${whose} is refused and gets nothing`, async () => {
      const rsyslog = await startRsyslog();
      const relay = await startRelay({ to: rsyslog.port, certificate: other, reads: true });
      const faults = new Faults();
      const { cert: ca } = whose === 'another name' ? other : certificate;
      const drain = openDrain(relay.port, { tell: faults.tell, ca }, certificate);
      drain.write([line('secret')]);
      const refused = `Cannot deliver log lines to 127.0.0.1:${relay.port}: its certificate was refused, ${why}`;
      assert.equal((await faults.until(1))[0], `DRAIN_CERTIFICATE_REFUSED ${refused}`);
      assert.equal(await drain.close(AbortSignal.abort()), 1);
      assert.deepEqual(rsyslog.received(), []);
    });
  }
});
