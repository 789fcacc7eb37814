/**
 * The request head as the process gets it.
 *
 * `X-Forwarded-For` keeps what the client sent and appends the client's address, so its last entry is the only one that
 * this edge vouches for. `X-Forwarded-Proto`, `X-Forwarded-Port` and `X-Request-Start` replace what the client sent. The body's
 * framing is written anew, in one spelling.
 */
import type { RequestHead } from './request-head.ts';

export interface Forwarding {
  readonly client: string;
  readonly port: number;
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Latin1 text. */
export function forwardedHead(head: RequestHead, { client, port, requestId, at }: Forwarding): string {
  const inbound = head.forwardedFor;
  return (
    `${head.method} ${head.target} HTTP/1.1\r\n${head.fields}` +
    `X-Forwarded-For: ${inbound === null ? client : `${inbound}, ${client}`}\r\n` +
    `X-Forwarded-Proto: http\r\nX-Forwarded-Port: ${port}\r\n` +
    `X-Request-Id: ${requestId}\r\nX-Request-Start: ${at}\r\nVia: 1.${head.minor} dozen\r\n` +
    `${framingOf(head)}\r\n`
  );
}

function framingOf({ body, upgrade }: RequestHead): string {
  if (upgrade !== null) return `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`;
  switch (body.kind) {
    case 'length':
      return `Content-Length: ${body.bytes}\r\n`;
    case 'chunked':
      return 'Transfer-Encoding: chunked\r\n';
    case 'none':
    case 'until-close':
      return '';
  }
}
