/** What the check asks of a MariaDB itself: as its root, through its socket, by its own client. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

export interface MariadbSocket {
  readonly client: string;
  readonly socket: string;
}

/** What it refused, by its own number. */
export class MariadbError extends Error {
  override readonly name = 'MariadbError';
  readonly code: number;

  constructor(said: string) {
    super(said.trim());
    this.code = Number(/^ERROR (\d+)/m.exec(said)?.[1] ?? 0);
  }
}

/** The lines that it answers with. Statements go in through a pipe: they hold passwords. @throws MariadbError */
export async function askMariadb(server: MariadbSocket, statements: string): Promise<readonly string[]> {
  const child = openClient(server);
  child.stdin?.end(statements);
  const [answer, complaint] = await Promise.all([readAll(child.stdout), readAll(child.stderr), ended(child)]);
  if (child.exitCode !== 0) throw new MariadbError(complaint);
  return answer.split('\n').filter((line) => line !== '');
}

export interface HeldSession {
  end(): Promise<void>;
}

/** A session that stays after its statements are carried out. @throws MariadbError */
export async function holdMariadb(server: MariadbSocket, statements: string): Promise<HeldSession> {
  const child = openClient(server);
  const over = ended(child);
  const complaint = readAll(child.stderr);
  child.stdin?.write(`${statements}\nSELECT 'done';\n`);
  const lines = createInterface({ input: child.stdout as NonNullable<ChildProcess['stdout']> });
  const isDone = await Promise.race([once(lines, 'line').then(() => true), over.then(() => false)]);
  if (!isDone) throw new MariadbError(await complaint);
  return {
    end: async () => {
      child.stdin?.end();
      await over;
    },
  };
}

/** As an identifier stands in a statement. */
export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

function openClient({ client, socket }: MariadbSocket): ChildProcess {
  const where = ['--no-defaults', `--socket=${socket}`, '--user=root'];
  const child = spawn(client, [...where, '--batch', '--skip-column-names', '--unbuffered'], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A client that ended before it had read everything says why on its output.
  child.stdin?.on('error', () => undefined);
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  await once(child, 'close');
}

function readAll(stream: ChildProcess['stdout']): Promise<string> {
  return stream === null ? Promise.resolve('') : text(stream);
}
