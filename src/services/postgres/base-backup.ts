/**
 * A cluster's files as one tar, from the running server by the replication protocol, with the write-ahead log that makes them
 * one state: that of the moment at which the server ended reading. What is in the log since the start is held by a slot that
 * goes with the connection.
 *
 * https://www.postgresql.org/docs/18/protocol-replication.html#PROTOCOL-REPLICATION-BASE-BACKUP
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { Client } from 'pg';
import { platformError } from '../../base/error.ts';
import { openSession } from './session.ts';
import type { PostgresState } from './state.ts';

export async function withBaseBackup<T>(
  state: PostgresState,
  signal: AbortSignal,
  use: (tar: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const client = await openSession({ state, database: 'postgres', replication: true });
  const { stream } = (client as unknown as { readonly connection: Connection }).connection;
  const cut = (): void => void stream.destroy();
  signal.addEventListener('abort', cut, { once: true });
  // Whoever reads is told by the query; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.query(
      `CREATE_REPLICATION_SLOT dozen_${randomBytes(8).toString('hex')} TEMPORARY PHYSICAL (RESERVE_WAL)`,
    );
    return await use(readBaseBackup(client));
  } finally {
    signal.removeEventListener('abort', cut);
    // Whatever is on its way is not wanted any more, and the server ends what it did for this connection.
    stream.destroy();
  }
}

const command = "BASE_BACKUP (LABEL 'dozen', CHECKPOINT 'fast', WAL true, MANIFEST 'no')";

/** Of pg's client, which its types leave out. */
interface Connection {
  readonly stream: Socket;
  query(text: string): void;
}

/** What pg asks of a query of one's own. */
interface Submittable {
  submit(connection: Connection): void;
  handleCopyData(message: { readonly chunk: Buffer }): void;
  handleError(error: Error): void;
  handleReadyForQuery(): void;
  handleRowDescription(): void;
  handleDataRow(): void;
  handleCommandComplete(): void;
}

/** The kinds of message in its stream: a new archive, its data; progress and manifest are not asked for. */
const archive = 'n'.charCodeAt(0);
const content = 'd'.charCodeAt(0);

function readBaseBackup(client: Client): Readable {
  let socket: Socket | null = null;
  let archives = 0;
  const tar = new Readable({ read: () => void socket?.resume(), highWaterMark: 1024 * 1024 });
  const query: Submittable = {
    submit(connection) {
      socket = connection.stream;
      connection.query(command);
    },
    handleCopyData({ chunk }) {
      if (chunk[0] === archive && ++archives > 1) return void tar.destroy(hasTablespaces());
      // A copy: the parser writes the next messages over what it handed out.
      if (chunk[0] === content && !tar.push(Buffer.from(chunk.subarray(1)))) socket?.pause();
    },
    handleError: (error) => void tar.destroy(cutOff(error)),
    handleReadyForQuery: () => void tar.push(null),
    handleRowDescription: () => undefined,
    handleDataRow: () => undefined,
    handleCommandComplete: () => undefined,
  };
  client.query(query as unknown as { submit: (connection: unknown) => void });
  return tar;
}

function hasTablespaces(): Error {
  return platformError('SERVICE_NOT_BACKED_UP', 'Cannot back up a PostgreSQL service: it has tablespaces', {
    hint: 'Move their tables to the default one (ALTER TABLE … SET TABLESPACE pg_default) and drop them',
  });
}

function cutOff(cause: Error): Error {
  return platformError('SERVICE_NOT_BACKED_UP', `Cannot back up a PostgreSQL service: ${cause.message}`, {
    hint: 'Try again when it answers; its log says what happened',
    cause,
  });
}
