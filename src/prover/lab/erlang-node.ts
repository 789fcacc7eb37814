/**
 * What the check asks of an Erlang node itself: Erlang's own `erl_call` has it evaluate an expression, in milliseconds, where
 * `rabbitmqctl` starts a node of its own for each question.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { UserId } from '../chamber/job.ts';

export interface ErlangNode {
  readonly call: string;
  /** Where its cookie lies, without which it answers nobody. */
  readonly home: string;
  /** On loopback. */
  readonly port: number;
  readonly user: UserId | null;
}

export class ErlangError extends Error {
  override readonly name = 'ErlangError';
  /** Nobody answered. */
  readonly isAway: boolean;

  constructor(message: string, { isAway }: { readonly isAway: boolean }) {
    super(message);
    this.isAway = isAway;
  }
}

const answerWithinMs = 10_000;

/**
 * The value as Erlang prints it. The expression goes in through a pipe: it holds passwords.
 * @throws ErlangError
 */
export async function askErlang(node: ErlangNode, expression: string): Promise<string> {
  const { call, home, port, user } = node;
  // Two of one name are not let in at once, and those that it makes up are the same within a second.
  const name = `q${randomBytes(6).toString('hex')}`;
  const child = spawn(call, ['-h', name, '-address', `127.0.0.1:${port}`, '-e'], {
    ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', HOME: home, LANG: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: answerWithinMs,
  });
  // One that found no node ended before it had read the expression, and says so.
  child.stdin.on('error', () => undefined);
  child.stdin.end(`${expression}.\n`);
  const [answer, complaint] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (child.exitCode !== 0)
    throw new ErlangError(complaint.trim() || 'The node does not answer', { isAway: true });
  const value = /^\{ok, (.*)\}$/s.exec(answer.trim())?.[1];
  if (value === undefined) throw new ErlangError(answer.trim(), { isAway: false });
  return value;
}

/** As a text of bytes stands in an expression. */
export function quoteBinary(value: string): string {
  return `<<"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}">>`;
}
