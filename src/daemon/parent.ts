/**
 * The parent: holds the home, starts the roles, starts again what dies, and ends them.
 *
 * ```
 * parent ──► runner, control, router ×2        each on a leash: its standard input ends when the parent does
 *    stop:   runner halts apps and services ──► routers, control, runner are told to end
 *    killed: each role ends by itself, the runner with everything it runs
 * ```
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { callJson, type Peer } from '../api/socket-call.ts';
import { asDozenError, DozenError, platformError, userError } from '../base/error.ts';
import { restartAfter } from '../factors/09-disposability/backoff.ts';
import { openHome } from '../store/home.ts';
import { prepareHomeStore } from './home-store.ts';
import { makeToken, peerOf } from './paths.ts';
import { type RoleName, roleCommand } from './role-command.ts';
import { randomName, systemClock } from './system.ts';

export interface ParentOptions {
  readonly home: string;
  /** How the home's lock names the holder, e.g. `dozen up`. */
  readonly command: string;
  /** Of the router; 0: a free one. */
  readonly port: number;
  readonly address: string;
  /** What the roles say of themselves, a line of JSON each. */
  readonly onLine: (line: string) => void;
}

export interface RunningPlatform {
  readonly control: Peer;
  readonly port: number;
  /** Drains and stops everything. Called a second time, it kills instead. */
  stop(withinMs: number): Promise<void>;
}

export async function startPlatform(options: ParentOptions): Promise<RunningPlatform> {
  const { home } = options;
  const held = openHome(home, { command: options.command, clock: systemClock });
  try {
    prepareHomeStore(home);
    makeToken(home);
    const port = await freePort(options.address, options.port);
    const session = randomName();
    const roles = [
      new Role('runner', [home, session, 'up'], options),
      new Role('control', [home], options),
      new Role('router', [home, options.address, String(port)], options),
      new Role('router', [home, options.address, String(port)], options),
    ];
    const stop = (withinMs: number): Promise<void> => stopAll(roles, { home, withinMs });
    try {
      await Promise.all(roles.map((role) => role.start()));
    } catch (error) {
      await stop(0);
      throw error;
    }
    return {
      control: peerOf(home, 'control'),
      port,
      async stop(withinMs) {
        await stop(withinMs);
        held.close();
      },
    };
  } catch (error) {
    held.close();
    throw error;
  }
}

const rolesLeaveWithinMs = 6_000;

/** A role that was ready is missed: however often it is killed, it is back within half a second. */
const readyCrashes = 2;

async function stopAll(
  roles: readonly Role[],
  { home, withinMs }: { readonly home: string; readonly withinMs: number },
): Promise<void> {
  try {
    await callJson(peerOf(home, 'runner'), { method: 'POST', path: `/halt?within=${withinMs}` });
  } catch (error) {
    // A runner that is not there ends what it runs when its leash is let go, or the next one does.
    if (!(error instanceof DozenError && error.code === 'PEER_AWAY')) throw error;
  }
  await Promise.all(roles.map((role) => role.stop(withinMs === 0 ? 0 : rolesLeaveWithinMs)));
}

class Role {
  readonly name: RoleName;
  readonly #args: readonly string[];
  readonly #options: ParentOptions;
  #child: ChildProcess | null = null;
  #stopping = false;
  #crashes = 0;
  #startedAt = 0;
  #wasReady = false;
  #wasEverReady = false;

  constructor(name: RoleName, args: readonly string[], options: ParentOptions) {
    this.name = name;
    this.#args = args;
    this.#options = options;
  }

  /** Resolves when it says that it is ready. */
  async start(): Promise<void> {
    const [program, ...args] = roleCommand(this.name, ...this.#args);
    this.#startedAt = systemClock.monotonic();
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: process.env });
    this.#child = child;
    this.#wasReady = false;
    const complaints: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (complaints.push(line) > 40) complaints.shift();
      this.#options.onLine(JSON.stringify({ role: this.name, event: 'stderr', text: line }));
    });
    const lines = createInterface({ input: child.stdout });
    const ready = new Promise<void>((resolve) => {
      lines.on('line', (line) => {
        this.#options.onLine(line);
        if (!line.includes('"event":"ready"')) return;
        this.#wasReady = true;
        this.#wasEverReady = true;
        resolve();
      });
    });
    const ended = once(child, 'exit').then(([code, signal]) => {
      if (this.#child !== child) return;
      this.#child = null;
      // One that cannot start at all tells why, once.
      if (!this.#stopping && this.#wasEverReady) void this.#startAgain(`${code ?? signal}`);
      throw roleFailed(this.name, { how: `${code ?? signal}`, complaints });
    });
    ended.catch(() => undefined);
    await Promise.race([ready, ended]);
  }

  async stop(withinMs: number): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(withinMs === 0 ? 'SIGKILL' : 'SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), withinMs);
    await gone;
    clearTimeout(timer);
  }

  async #startAgain(how: string): Promise<void> {
    const endedAt = systemClock.monotonic();
    const life = { startedAt: this.#startedAt, endedAt };
    const crashesBefore = this.#wasReady ? Math.min(this.#crashes, readyCrashes) : this.#crashes;
    const restart = restartAfter(life, { crashesBefore, chance: Math.random() });
    this.#crashes = restart.crashes;
    if (this.#wasReady)
      this.#options.onLine(JSON.stringify({ role: 'parent', event: 'restart', of: this.name, how }));
    // The first restart of a row is at once: what it serves is waiting.
    if (restart.crashes > 1) await systemClock.sleep(restart.startAt - endedAt);
    if (this.#stopping) return;
    try {
      await this.start();
    } catch (error) {
      this.#options.onLine(
        JSON.stringify({ role: 'parent', event: 'failed', of: this.name, error: asDozenError(error) }),
      );
    }
  }
}

function roleFailed(
  name: RoleName,
  { how, complaints }: { readonly how: string; readonly complaints: readonly string[] },
): DozenError {
  const last = complaints.at(-1);
  if (last?.startsWith('{"code":')) return new DozenError(...errorOf(last));
  return platformError(
    'ROLE_FAILED',
    `Cannot start ${name}: it ended with ${how}${complaints.length === 0 ? '' : `: ${complaints.slice(0, 3).join(' | ')}`}`,
    {
      hint: 'Run it again with DOZEN_DEBUG=1 and report what it says',
    },
  );
}

function errorOf(line: string): ConstructorParameters<typeof DozenError> {
  const { code, fault, message, ...more } = JSON.parse(line);
  return [code, fault, message, more];
}

/** Listens for a moment without sharing: with SO_REUSEPORT two platforms of one user could have the same port unnoticed. */
async function freePort(host: string, wanted: number): Promise<number> {
  const server = createServer();
  server.listen({ host, port: wanted, exclusive: true });
  try {
    await once(server, 'listening');
  } catch (error) {
    if (
      (error as NodeJS.ErrnoException).code !== 'EADDRINUSE' &&
      (error as NodeJS.ErrnoException).code !== 'EACCES'
    )
      throw error;
    throw userError(
      'PORT_TAKEN',
      `Cannot listen on ${host}:${wanted}: ${(error as NodeJS.ErrnoException).code === 'EACCES' ? 'only root may' : 'another program does'}`,
      {
        hint: 'Choose another with --port, or leave it out for a free one',
        cause: error,
      },
    );
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : wanted;
}
