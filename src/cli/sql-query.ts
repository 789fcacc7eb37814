/** Runs text on a server and keeps its answers as the server writes them: no value is turned into a JavaScript one. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Client } from 'pg';
import type { Column, Row } from './sql-table.ts';

export interface Answer {
  /** Null for a statement that gives no rows. */
  readonly columns: readonly Column[] | null;
  readonly rows: readonly Row[];
  /** E.g. `INSERT 0 1`; null for an empty statement. */
  readonly tag: string | null;
}

/** Of pg's client, which its types leave out. */
interface Connection {
  query(text: string): void;
  sendCopyFail(why: string): void;
}

interface FieldMessage {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
}

/** What pg asks of a query of one's own. */
interface Submittable {
  submit(connection: Connection): void;
  handleRowDescription(message: FieldMessage): void;
  handleDataRow(message: { readonly fields: Row }): void;
  handleCommandComplete(message: { readonly text: string }): void;
  handleEmptyQuery(): void;
  handleCopyInResponse(connection: Connection): void;
  handleCopyData(message: { readonly chunk: Buffer }): void;
  handleError(error: Error): void;
  handleReadyForQuery(): void;
}

/** @param onCopied told of what `COPY … TO STDOUT` writes */
export function runQuery(
  client: Client,
  text: string,
  { onCopied }: { readonly onCopied: (text: string) => void },
): Promise<readonly Answer[]> {
  return new Promise((resolve, reject) => {
    const answers: Answer[] = [];
    let columns: readonly Column[] | null = null;
    let rows: Row[] = [];
    const take = (tag: string | null): void => {
      answers.push({ columns, rows, tag });
      columns = null;
      rows = [];
    };
    const query: Submittable = {
      submit: (connection) => connection.query(text),
      handleRowDescription({ fields }) {
        columns = fields.map(({ name, dataTypeID }) => ({
          name,
          align: numbers.has(dataTypeID) ? 'right' : 'left',
        }));
      },
      handleDataRow: ({ fields }) => void rows.push(fields),
      handleCommandComplete: (message) => take(message.text),
      handleEmptyQuery: () => take(null),
      handleCopyInResponse: (connection) => connection.sendCopyFail('this prompt has no data to copy from'),
      handleCopyData: ({ chunk }) => onCopied(chunk.toString('utf8')),
      handleError: reject,
      handleReadyForQuery: () => resolve(answers),
    };
    client.query(query as unknown as { submit: (connection: unknown) => void });
  });
}

/** The numbers of pg_type, which never change: integers, floats, numeric, money, oid. */
const numbers = new Set([20, 21, 23, 26, 700, 701, 790, 1700]);

const cancelRequest = 80_877_102;

/**
 * Asks the server to end what the client is doing, on a connection of its own, as its protocol has it.
 *
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export async function cancelQuery(client: Client): Promise<void> {
  const { processID, secretKey } = client as unknown as {
    readonly processID: number;
    readonly secretKey: number;
  };
  const message = Buffer.alloc(16);
  for (const [index, number] of [16, cancelRequest, processID, secretKey].entries())
    message.writeInt32BE(number, index * 4);
  const socket = connect({ host: client.host, port: client.port });
  try {
    await once(socket, 'connect');
    socket.end(message);
    await once(socket.resume(), 'close');
  } finally {
    socket.destroy();
  }
}
