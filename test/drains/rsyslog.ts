/** A real rsyslogd on a port of its own, which keeps every field of what it receives. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../parts/local-host.ts';
import { eventually } from '../parts/platform-run.ts';

/** As rsyslogd has read it. */
export interface ReceivedMessage {
  readonly priority: string;
  readonly time: string;
  readonly hostname: string;
  readonly app: string;
  readonly process: string;
  readonly id: string;
  readonly data: string;
  readonly text: string;
}

export interface Rsyslog {
  readonly port: number;
  /** Resolves when it takes connections. */
  start(): Promise<void>;
  /** With SIGKILL. Resolves when it is gone. */
  kill(): Promise<void>;
  /** All that it has ever received, in order. */
  received(): ReceivedMessage[];
  /** Resolves with what was received as soon as that is enough; rejects with the signal's reason. */
  until(
    enough: (received: readonly ReceivedMessage[]) => boolean,
    signal: AbortSignal,
  ): Promise<ReceivedMessage[]>;
  close(): Promise<void>;
}

const fields = {
  priority: 'pri',
  time: 'timereported',
  hostname: 'hostname',
  app: 'app-name',
  process: 'procid',
  id: 'msgid',
  data: 'structured-data',
  text: 'msg',
} as const satisfies Record<keyof ReceivedMessage, string>;

export async function openRsyslog(): Promise<Rsyslog> {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-rsyslog-'));
  const port = await freePort();
  const conf = path.join(folder, 'conf');
  const pid = path.join(folder, 'pid');
  const kept = path.join(folder, 'kept');
  writeFileSync(conf, configuration({ folder, port, kept }));
  writeFileSync(kept, '');
  let child: ChildProcess | null = null;

  const received = (): ReceivedMessage[] =>
    readFileSync(kept, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as ReceivedMessage);

  const kill = async (): Promise<void> => {
    if (child === null) return;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    child = null;
    rmSync(pid, { force: true });
  };

  return {
    port,
    async start() {
      const started = spawn('rsyslogd', ['-n', '-C', '-f', conf, '-i', pid], {
        stdio: ['ignore', 'inherit', 'inherit'],
        env: { PATH: `${process.env.PATH}:/usr/sbin` },
      });
      child = started;
      await once(started, 'spawn');
      await eventually(
        () => {
          if (started.exitCode !== null) throw new Error(`rsyslogd ended with code ${started.exitCode}`);
          return takesConnections(port);
        },
        { what: `rsyslogd listens on port ${port}` },
      );
    },
    kill,
    received,
    async until(enough, signal) {
      const watcher = watch(kept);
      try {
        for (;;) {
          const all = received();
          if (enough(all)) return all;
          await once(watcher, 'change', { signal });
        }
      } finally {
        watcher.close();
      }
    },
    async close() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Settings {
  readonly folder: string;
  readonly port: number;
  readonly kept: string;
}

function configuration({ folder, port, kept }: Settings): string {
  const properties = Object.entries(fields).map(([name, property]) => {
    const date = property === 'timereported' ? 'dateFormat="rfc3339" ' : '';
    return `  property(name="${property}" outname="${name}" ${date}format="jsonf")`;
  });
  return `
global(workDirectory="${folder}" maxMessageSize="256k" parser.escapeControlCharactersOnReceive="off")
module(load="imtcp")
template(name="fields" type="list") {
  constant(value="{")
${properties.join('\n  constant(value=",")\n')}
  constant(value="}\\n")
}
ruleset(name="kept") { action(type="omfile" file="${kept}" template="fields") }
input(type="imtcp" port="${port}" address="127.0.0.1" ruleset="kept")
`;
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return false;
    throw error;
  } finally {
    socket.destroy();
  }
}
