/** A TCP connection as one line of the app's log, in the words of a request's. */
import type { ConnectionLine } from './router.ts';
import { codeMeanings } from './router-code.ts';

export function connectionLog(line: ConnectionLine): string {
  const { code } = line;
  const outcome = code === null ? 'at=info' : `at=error code=${code} desc="${codeMeanings[code].meaning}"`;
  return (
    `${outcome} export=${line.port} fwd="${line.client}" dyno=${line.process ?? ''} ` +
    `connect=${Math.round(line.connectMs)}ms service=${Math.round(line.serviceMs)}ms ` +
    `received=${line.received} sent=${line.sent} protocol=tcp`
  );
}
