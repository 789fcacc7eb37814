/** What an exchange asks of the connection that its request came on. */
import type { Socket } from 'node:net';

/**
 * What becomes of the client's connection:
 * - `keep`: the next request
 * - `linger`: no other response; what the client still sends is read and thrown away, so that the last one reaches it
 * - `break`: end it, so that the client sees that the response is not complete
 */
export type Ending = 'keep' | 'linger' | 'break';

export interface ExchangeClient {
  readonly socket: Socket;
  readonly address: string;
  /** The exchange takes bytes again that wait. */
  pump(): void;
  /** `blocksReading` changed. */
  adjustFlow(): void;
  exchangeOver(ending: Ending): void;
}
