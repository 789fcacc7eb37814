/**
 * PostgreSQL as an attached resource: found by its address, pooled, and allowed to go away. A connection that
 * is lost is never fatal; the work that needed it fails with DatabaseAway, and the next work connects anew.
 */
import { type ClientBase, DatabaseError, Pool, type QueryResultRow } from 'pg';
import type { Log } from './log.ts';

export type Query = <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

export interface Database {
  readonly query: Query;
  /** Commits when `work` resolves, rolls back when it rejects. */
  readonly transaction: <T>(work: (query: Query) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

export class DatabaseAway extends Error {
  constructor(cause: unknown) {
    super('Cannot reach the database', { cause });
  }
}

export const connectOptions = (url: string) => ({
  connectionString: url,
  application_name: 'guestbook',
  connectionTimeoutMillis: 3000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
});

export const openDatabase = (url: string, log: Log): Database => {
  const pool = new Pool({ ...connectOptions(url), max: 5, query_timeout: 5000 });
  // Without a listener of its own, a client lost between two queries of a transaction would end the process.
  pool.on('connect', (client) => client.on('error', (error) => log.warn('connection-lost', facts(error))));
  pool.on('error', () => log.debug('connection-removed'));
  return {
    query: (text, values = []) => reaching(async () => (await pool.query(text, [...values])).rows),
    transaction: (work) => transaction(pool, work),
    close: () => pool.end(),
  };
};

/** What a log may say about an error. The network's own messages name hosts and ports, never a password. */
export const facts = (error: unknown): { readonly error: string } => {
  const cause = error instanceof DatabaseAway ? error.cause : error;
  if (cause instanceof AggregateError) return facts(cause.errors[0]);
  return { error: cause instanceof Error ? cause.message : String(cause) };
};

const transaction = async <T>(pool: Pool, work: (query: Query) => Promise<T>): Promise<T> => {
  const client = await reaching(() => pool.connect());
  const query = on(client);
  try {
    await query('begin');
    const result = await work(query);
    await query('commit');
    client.release();
    return result;
  } catch (error) {
    client.release(await rollBack(query));
    throw error;
  }
};

/** True when the connection must not be used again. */
const rollBack = (query: Query): Promise<boolean> =>
  query('rollback').then(
    () => false,
    () => true,
  );

const on =
  (client: ClientBase): Query =>
  (text, values = []) =>
    reaching(async () => (await client.query(text, [...values])).rows);

/** An answer of the server is an answer, unless it says that it is leaving; everything else is the way to it. */
const reaching = async <T>(attempt: () => Promise<T>): Promise<T> => {
  try {
    return await attempt();
  } catch (error) {
    throw error instanceof DatabaseError && !isLeaving(error) ? error : new DatabaseAway(error);
  }
};

/** Connection exceptions, too many connections, and the server that starts or stops. */
const isLeaving = ({ code }: DatabaseError): boolean =>
  code !== undefined && (/^(08|57P)/.test(code) || code === '53300');
