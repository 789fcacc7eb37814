/** One role as the parent sees it: started, watched, started again when it dies, and ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { asDozenError, DozenError, platformError } from '../base/error.ts';
import { restartAfter } from '../factors/09-disposability/backoff.ts';
import { type RoleName, roleCommand } from './role-command.ts';
import { systemClock } from './system.ts';

export interface RoleOptions {
  /** What the role says of itself, a line of JSON each. */
  readonly onLine: (line: string) => void;
}

/** A role that was ready is missed: however often it is killed, it is back within half a second. */
const readyCrashes = 2;

export class RoleProcess {
  readonly name: RoleName;
  readonly #args: readonly string[];
  readonly #options: RoleOptions;
  #child: ChildProcess | null = null;
  #stopping = false;
  #crashes = 0;
  #startedAt = 0;
  #wasReady = false;
  #wasEverReady = false;

  constructor(name: RoleName, args: readonly string[], options: RoleOptions) {
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
