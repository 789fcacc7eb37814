/** A process type that is reached over TCP, on a port of the platform's own. */
export interface Export {
  readonly appId: string;
  readonly processType: string;
  /** No other export has it. */
  readonly port: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}
