import { userError } from '../../base/error.ts';

/** A process type that is reached over TCP, on a port of the platform's own. */
export interface Export {
  readonly appId: string;
  readonly processType: string;
  /** No other export has it. */
  readonly port: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** @throws EXPORT_PORT_INVALID */
export function parseExportPort(port: number): number {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw userError('EXPORT_PORT_INVALID', `Cannot export on port ${port}: it is none`, {
    hint: 'Use one from 1 to 65535; a port under 1024 needs root',
  });
}
