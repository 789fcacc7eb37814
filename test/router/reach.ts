/** Requests that have reached a process, for tests of what becomes of them. */
import type { Edge } from './edge.ts';
import { dial, type RawEnd, type RawServer } from './wire.ts';

export const get = 'GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n';

export const empty = 'HTTP/1.1 204 No Content\r\n\r\n';

export const post = (length: number): string =>
  `POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: ${length}\r\n\r\n`;

export interface Pair {
  readonly client: RawEnd;
  readonly process: RawEnd;
}

/** A client whose request has reached a process. */
export async function reach(edge: Edge, app: RawServer, request: string): Promise<Pair> {
  edge.serve(app.port);
  const client = (await dial(edge.port)).send(request);
  const process = await app.accept();
  await process.until('\r\n\r\n');
  return { client, process };
}

export async function answered(edge: Edge, pair: Pair): Promise<Pair> {
  pair.process.send(empty);
  await pair.client.until('204');
  await edge.line();
  return pair;
}

/** Status and code of a page. */
export function codeOf(answer: string): string | undefined {
  return /^HTTP\/1\.1 (\d+ ).*?\r\nDozen-Error: (\w+)/s.exec(answer)?.slice(1).join('');
}
