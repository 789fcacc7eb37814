/** The provider's own connection to a service, as its superuser. */
import type { Client } from 'pg';
import { platformError } from '../../base/error.ts';
import type { PostgresState } from './state.ts';

export interface Database {
  readonly state: PostgresState;
  readonly database: string;
}

/** @throws SERVICE_UNREACHABLE */
export async function withSession<T>(
  { state, database }: Database,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    host: '127.0.0.1',
    port: state.port,
    user: 'postgres',
    password: state.password,
    database,
  });
  try {
    await client.connect();
  } catch (error) {
    throw platformError(
      'SERVICE_UNREACHABLE',
      `Cannot reach PostgreSQL on port ${state.port}: ${(error as Error).message}`,
      {
        hint: 'Look at its last lines in the log; it is started again by itself',
        cause: error,
      },
    );
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
