/** Runs a command once, as a process of the release that is current: its code, config, services and walls. */
import { userError } from '../base/error.ts';
import type { OneOff, OneOffInput } from '../engines/engine.ts';
import type { App } from '../factors/01-codebase/app.ts';
import type { ProcessSize } from '../factors/08-concurrency/process-size.ts';
import type { RunEnd } from '../factors/12-admin-processes/run-end.ts';
import { requireRunning } from './current.ts';
import { ownerOf, type Running, runOf } from './desired.ts';
import type { Platform } from './platform.ts';

export interface RunOrder {
  readonly app: App;
  readonly command: string;
  /** Of the process type whose policy it is to have; null: the platform's own. */
  readonly type: string | null;
  /** How much of the machine it may take; null: the memory of its type. */
  readonly size: ProcessSize | null;
  /** For this run, over those of the release. */
  readonly variables: Readonly<Record<string, string>>;
  readonly input: OneOffInput;
  /** Whether it outlives whoever asks; only without input. */
  readonly detached: boolean;
  /** It is stopped by its policy when this is over; null: no limit. */
  readonly timeoutMs: number | null;
  readonly actor: string;
  /** A number for its name that is none of those. */
  readonly number: (taken: ReadonlySet<number>) => number;
}

export interface StartedRun {
  /** E.g. `run.1234`. */
  readonly process: string;
  readonly release: number;
  readonly size: ProcessSize;
  readonly oneOff: OneOff;
  readonly ended: Promise<RunEnd>;
}

/** Aborting the signal hangs it up, unless it is detached. @throws APP_NOT_DEPLOYED, RUN_TYPE_UNKNOWN, TERMINAL_MISSING */
export async function run(platform: Platform, order: RunOrder, signal: AbortSignal): Promise<StartedRun> {
  const { engine } = platform;
  const { app, command, size, input, variables, detached, timeoutMs, actor } = order;
  const running = requireRunning(platform, app, 'run a command in');
  const type = typeOf(running, order.type);
  const process = `run.${order.number(await numbersOf(platform, app))}`;
  await engine.say(ownerOf(app, 'app'), {
    process: 'api',
    text: `Starting process with command \`${command}\` by user ${actor}`,
  });
  // Who waits for an attached one is to know whether its time was over, so it is stopped from here.
  const limit = detached ? timeoutMs : null;
  const wish = { process, command, type, size, input, variables, detached, timeoutMs: limit };
  const whole = runOf(running, wish);
  const oneOff = await engine.runOneOff(whole, signal);
  const ended = endOf(platform, oneOff, detached ? null : timeoutMs);
  const { memoryLimit: memory, cpu } = whole.spec;
  return { process, release: running.release.version, size: { memory, cpu }, oneOff, ended };
}

function typeOf({ app, slug }: Running, wanted: string | null): string {
  if (wanted === null || wanted === 'run' || Object.hasOwn(slug.processTypes, wanted)) return wanted ?? 'run';
  throw userError(
    'RUN_TYPE_UNKNOWN',
    `Cannot run as ${JSON.stringify(wanted.slice(0, 80))}: ${app.name} has no such process type`,
    { hint: `Use one of ${Object.keys(slug.processTypes).join(', ') || 'those of the Procfile'}` },
  );
}

async function numbersOf({ engine }: Platform, app: App): Promise<ReadonlySet<number>> {
  const views = await engine.processes(app.id);
  return new Set(
    views.flatMap(({ process }) => (process.startsWith('run.') ? [Number(process.slice(4))] : [])),
  );
}

async function endOf({ clock }: Platform, oneOff: OneOff, timeoutMs: number | null): Promise<RunEnd> {
  if (timeoutMs === null) return { exit: await oneOff.ended, timedOut: false };
  const waiting = new AbortController();
  const inTime = oneOff.ended.then((exit) => ({ exit, timedOut: false }));
  const tooLate = clock.sleep(timeoutMs, waiting.signal).then(
    async () => ({ exit: await oneOff.stop(), timedOut: true }),
    () => inTime,
  );
  try {
    return await Promise.race([inTime, tooLate]);
  } finally {
    waiting.abort();
  }
}
