/** Runs the app's own programs against the PostgreSQL that DATABASE_URL names, each test file in a schema of its own. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { Client } from 'pg';

export type Program = 'web' | 'worker' | 'migrate' | 'prune';
export type LogEvent = Readonly<Record<string, unknown>>;

export interface Running {
  readonly child: ChildProcess;
  /** The first event of this name that matches, past or to come. */
  readonly event: (name: string, matches?: LogEvent) => Promise<LogEvent>;
  /** The exit code, when the program has ended. */
  readonly ended: Promise<number | null>;
  /** What it has written on standard error. */
  readonly complaints: () => string;
}

const dist = path.join(import.meta.dirname, '../dist');

/** The environment holds these variables and no other. The program is killed when the test is over. */
export const run = (t: TestContext, program: Program, env: Readonly<Record<string, string>>): Running => {
  const child = spawn(process.execPath, [path.join(dist, `${program}.js`)], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const seen: LogEvent[] = [];
  const arrivals = new EventEmitter().setMaxListeners(0);
  let complaints = '';
  createInterface(child.stdout).on('line', (line) => {
    seen.push(JSON.parse(line));
    arrivals.emit('event');
  });
  child.stderr.on('data', (data) => {
    complaints += data;
  });
  const ended = once(child, 'close').then(([code]) => code);
  cleanUp(t, async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const event = async (name: string, matches: LogEvent = {}): Promise<LogEvent> => {
    for (;;) {
      const found = seen.find((one) => one.event === name && includes(one, matches));
      if (found) return found;
      await once(arrivals, 'event');
    }
  };
  return { child, event, ended, complaints: () => complaints };
};

export interface Web extends Running {
  readonly url: string;
}

export const runWeb = async (t: TestContext, env: Readonly<Record<string, string>>): Promise<Web> => {
  const web = run(t, 'web', { PORT: '0', ...env });
  const { port } = await web.event('listening');
  return { ...web, url: `http://127.0.0.1:${port}` };
};

/** The address of a fresh schema, migrated, and a client in it. */
export const freshSchema = async (
  t: TestContext,
): Promise<{ readonly url: string; readonly client: Client }> => {
  const { url, client } = await emptySchema(t);
  assert.equal(await run(t, 'migrate', { DATABASE_URL: url }).ended, 0);
  return { url, client };
};

export const emptySchema = async (
  t: TestContext,
): Promise<{ readonly url: string; readonly client: Client }> => {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(databaseUrl());
  url.searchParams.set('options', `-csearch_path=${name}`);
  const client = new Client(url.href);
  await client.connect();
  await client.query(`create schema ${name}`);
  cleanUp(t, async () => {
    await client.query('rollback');
    await client.query(`drop schema ${name} cascade`);
    await client.end();
  });
  return { url: url.href, client };
};

export const post = (web: Web, entry: Readonly<Record<string, string>>): Promise<Response> =>
  fetch(`${web.url}/entries`, { method: 'POST', body: new URLSearchParams(entry), redirect: 'manual' });

/** Asks again and again until the answer is yes; the test's own limit is the limit. */
export const until = async (t: TestContext, ask: () => Promise<boolean>): Promise<void> => {
  while (!(await ask())) t.signal.throwIfAborted();
};

export interface Line {
  /** The database's address by way of this line. */
  readonly url: string;
  readonly cut: () => Promise<void>;
  readonly mend: () => Promise<void>;
}

/** A way to the database that can be cut. */
export const lineTo = async (t: TestContext, databaseUrl: string): Promise<Line> => {
  const url = new URL(databaseUrl);
  const target = { host: url.hostname, port: Number(url.port || 5432) };
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
      one.pipe(other);
    }
  });
  const mend = async () => void (await once(server.listen(Number(url.port), '127.0.0.1'), 'listening'));
  const cut = async () => {
    const closed = once(server.close(), 'close');
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await closed;
  };
  url.hostname = '127.0.0.1';
  url.port = '0';
  await mend();
  const address = server.address();
  assert.ok(address && typeof address === 'object');
  url.port = String(address.port);
  cleanUp(t, async () => {
    if (server.listening) await cut();
  });
  return { url: url.href, cut, mend };
};

const cleanups = new WeakMap<TestContext, (() => Promise<void>)[]>();

/** When the test is over, the last first: programs are gone before their schema goes. */
const cleanUp = (t: TestContext, step: () => Promise<void>): void => {
  const steps = cleanups.get(t) ?? [];
  if (steps.length === 0) {
    cleanups.set(t, steps);
    t.after(async () => {
      for (const each of steps.toReversed()) await each();
    });
  }
  steps.push(step);
};

const databaseUrl = (): string => {
  const url = process.env.DATABASE_URL;
  assert.ok(url, 'The tests need a PostgreSQL: set DATABASE_URL to one in which they may create schemas');
  return url;
};

const includes = (event: LogEvent, matches: LogEvent): boolean =>
  Object.entries(matches).every(([key, value]) => event[key] === value);
