/** The syslog drain before a real rsyslogd, for the drains' contract. */
import type { DrainHarness, ReceivedLine } from '../../src/drains/drain.contract.ts';
import type { Drain, DrainOptions } from '../../src/drains/drain.ts';
import { openSyslogDrain, type SyslogDrainOptions } from '../../src/drains/syslog/syslog-drain.ts';
import { freePort, systemClock } from '../parts/local-host.ts';
import type { Certificate } from './certificate.ts';
import { openRelay, type Relay } from './relay.ts';
import { openRsyslog, type ReceivedMessage } from './rsyslog.ts';

export const token = 'd.5b8f3a2c-7f0e-4f6b-9f39-0d6d6f4c2f11';

/** With TLS when there is a certificate. */
export function openTo(port: number, options: Partial<SyslogDrainOptions>, certificate?: Certificate): Drain {
  const destination = { host: '127.0.0.1', port, tls: certificate !== undefined };
  return openSyslogDrain(destination, {
    limitBytes: 4 * 1024 * 1024,
    hostname: token,
    clock: systemClock,
    random: Math.random,
    tell: () => undefined,
    ...(certificate === undefined ? {} : { ca: certificate.cert }),
    ...options,
  });
}

export async function openSyslogHarness(certificate?: Certificate): Promise<DrainHarness> {
  const rsyslog = await openRsyslog();
  const front = certificate === undefined ? null : await frontOf(rsyslog.port, certificate);
  const slow: Relay[] = [];
  return {
    open: (options) => openTo(front?.port ?? rsyslog.port, options, certificate),
    async start() {
      await rsyslog.start();
      await front?.start();
    },
    async kill() {
      await rsyslog.kill();
      await front?.close();
    },
    async openSlow(options: DrainOptions) {
      const relay = await openRelay({ to: rsyslog.port, certificate, reads: false });
      slow.push(relay);
      return { drain: openTo(relay.port, options, certificate), read: relay.read };
    },
    until: async (enough, signal) =>
      (await rsyslog.until((received) => enough(received.map(lineOf)), signal)).map(lineOf),
    async close() {
      for (const relay of slow) await relay.close();
      await front?.close();
      await rsyslog.close();
    },
  };
}

interface Front {
  readonly port: number;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Debian's rsyslog speaks no TLS without a further package: this ends it in front, and comes and goes with rsyslogd. */
async function frontOf(to: number, certificate: Certificate): Promise<Front> {
  const port = await freePort();
  let relay: Relay | null = null;
  return {
    port,
    async start() {
      relay = await openRelay({ port, to, certificate, reads: true });
    },
    async close() {
      await relay?.close();
      relay = null;
    },
  };
}

function lineOf({ time, app, process, text }: ReceivedMessage): ReceivedLine {
  return { at: Date.parse(time), source: app as ReceivedLine['source'], process, text };
}
