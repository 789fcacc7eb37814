/** The provider's own connection to a service, as its superuser. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { platformError } from '../../base/error.ts';
import type { PostgresState } from './state.ts';

export interface Database {
  readonly state: PostgresState;
  readonly database: string;
  /** Speaks what replicas speak. */
  readonly replication?: boolean;
}

/** SQLSTATE of a server that listens and is not ready: it starts, or recovers after a kill. */
const startingUp = '57P03';
const readyWithinMs = 60_000;
const askEveryMs = 50;

/** Waits for a server that is starting up. @throws SERVICE_UNREACHABLE */
export async function withSession<T>(database: Database, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await openSession(database);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** One that is the caller's to end. @throws SERVICE_UNREACHABLE */
export async function openSession({ state, database, replication = false }: Database): Promise<Client> {
  const { default: pg } = await import('pg');
  const deadline = performance.now() + readyWithinMs;
  for (;;) {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: state.port,
      user: 'postgres',
      password: state.password,
      database,
      ...(replication ? { replication: 'true' } : {}),
    });
    try {
      await client.connect();
      return client;
    } catch (error) {
      if ((error as { code?: string }).code !== startingUp || performance.now() > deadline)
        throw unreachable(state, error);
    }
    await sleep(askEveryMs);
  }
}

function unreachable({ port }: PostgresState, error: unknown): Error {
  return platformError(
    'SERVICE_UNREACHABLE',
    `Cannot reach PostgreSQL on port ${port}: ${(error as Error).message}`,
    {
      hint: 'Look at its last lines in the log; it is started again by itself',
      cause: error,
    },
  );
}
