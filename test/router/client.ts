/** An ordinary HTTP client. */
import { once } from 'node:events';
import { type Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { limitMs } from './wire.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Ask extends RequestOptions {
  readonly body?: string | Buffer;
  readonly agent?: Agent;
}

/** A request to `app.localhost`, unless told otherwise. */
export async function ask(port: number, options: Ask = {}): Promise<Answer> {
  const { body, headers, ...rest } = options;
  const message = request({
    host: '127.0.0.1',
    port,
    headers: { host: 'app.localhost', ...headers },
    signal: AbortSignal.timeout(limitMs),
    agent: false,
    ...rest,
  });
  message.end(body);
  const [response] = (await once(message, 'response')) as [IncomingMessage];
  const bytes = await buffer(response);
  return { status: response.statusCode ?? 0, headers: response.headers, body: bytes.toString() };
}
