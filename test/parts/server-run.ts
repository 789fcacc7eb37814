/** `dozen server` as a person runs it, and the command line against it: the real executable, in a home of the test's own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { localPeer } from '../../src/api/local-home.ts';
import { dozen, makeHome, processesOf, removeHome } from './platform-run.ts';

export interface ServerRun {
  readonly home: string;
  readonly child: ChildProcess;
  readonly apiUrl: string;
  readonly routerPort: number;
  /** The operator's. */
  readonly token: string;
  readonly said: readonly string[];
  readonly ended: Promise<number | null>;
  /** Resolves with the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Over a home of its own, or one that was used before. */
export async function startServer(
  home = makeHome(),
  args: readonly string[] = ['--port', '0', '--api-port', '0'],
  env: Readonly<Record<string, string>> = {},
): Promise<ServerRun> {
  const child = spawn(dozen, ['server', '--json', ...args], {
    env: { ...process.env, ...env, DOZEN_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  let errors = '';
  createInterface({ input: child.stderr }).on('line', (line) => {
    errors += `${line}\n`;
  });
  const { promise: serving, resolve } = Promise.withResolvers<{ router: string; api: string }>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    said.push(line);
    const event = JSON.parse(line) as { event: string; router: string; api: string };
    if (event.event === 'serving') resolve(event);
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const facts = await Promise.race([serving, ended]);
  if (facts === null || typeof facts === 'number')
    throw new Error(`dozen server ended with ${facts}: ${errors}`);
  return {
    home,
    child,
    apiUrl: facts.api,
    routerPort: Number(new URL(facts.router.replace('*.', '')).port || 80),
    token: localPeer(home)?.token ?? '',
    said,
    ended,
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

/** Everything that a server's home runs is ended, and the home removed. One that cannot be stopped is killed, and told. */
export async function removeServer(run: ServerRun): Promise<void> {
  const runs = run.child.exitCode === null && run.child.signalCode === null;
  const stopped = runs ? await cli(run.home, ['server', 'stop']) : null;
  if (stopped !== null && stopped.status !== 0) {
    for (const line of processesOf(run.home)) process.kill(Number(line.split(' ')[0]), 'SIGKILL');
    await run.ended;
    throw new Error(`dozen server stop ended with ${stopped.status}: ${stopped.stderr}`);
  }
  await run.ended;
  removeHome(run.home);
}

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** What it prints on standard output, as it comes. */
  readonly onOutput?: (text: string) => void;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/** One command against a home's platform. */
export async function cli(home: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { cwd, input = '', env = {}, onOutput = () => undefined, signal } = options;
  const child = spawn(dozen, args, {
    env: { ...process.env, DOZEN_HOME: home, ...env },
    stdio: 'pipe',
    ...(cwd === undefined ? {} : { cwd }),
  });
  const kill = (): void => void child.kill();
  signal?.addEventListener('abort', kill);
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [stdout, stderr, [status]] = await Promise.all([
    textOf(child.stdout, onOutput),
    textOf(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  signal?.removeEventListener('abort', kill);
  return { status, stdout, stderr };
}

/** The same for one that must work; its JSON. */
export async function cliJson<T>(
  home: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<T> {
  const { status, stdout, stderr } = await cli(home, [...args, '--json'], options);
  if (status !== 0) throw new Error(`dozen ${args.join(' ')} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

async function textOf(
  stream: AsyncIterable<Buffer>,
  onText: (text: string) => void = () => undefined,
): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
    onText(chunk.toString());
  }
  return Buffer.concat(chunks).toString();
}
