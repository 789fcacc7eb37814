/**
 * Runs that wait for the one who asked for them: each has a capability that is good once. One that nobody comes for within
 * half a minute is hung up.
 */
import { randomBytes, randomInt } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { type DozenError, userError } from '../base/error.ts';
import type { StartedRun } from '../platform/run.ts';

export interface WaitingRun extends StartedRun {
  readonly hangUp: () => void;
  readonly hasTerminal: boolean;
  /** Whether whoever comes wants to read how it ended (exit-marker.ts). */
  readonly marked: boolean;
}

export interface Runs {
  /** For the name of a run of the app: free now, and not given to another that is only about to start. */
  number(appId: string, taken: ReadonlySet<number>): number;
  /** @returns its capability. */
  offer(run: WaitingRun, onNobody: () => void): string;
  /** @throws ATTACH_UNKNOWN */
  claim(capability: string): WaitingRun;
  /** Hangs up all there are, waiting or claimed. */
  close(): void;
}

const patienceMs = 30_000;
const largestNumber = 9999;
const remembered = 64;

export function openRuns(clock: Clock): Runs {
  const waiting = new Map<string, WaitingRun>();
  const living = new Set<WaitingRun>();
  const given: string[] = [];
  const closing = new AbortController();
  return {
    number(appId, taken) {
      const isFree = (number: number): boolean => !taken.has(number) && !given.includes(`${appId} ${number}`);
      let number = randomInt(1, largestNumber + 1);
      for (let tries = 0; !isFree(number); tries += 1) {
        if (tries > largestNumber) throw tooMany();
        number = (number % largestNumber) + 1;
      }
      given.push(`${appId} ${number}`);
      if (given.length > remembered) given.shift();
      return number;
    },
    offer(run, onNobody) {
      const capability = randomBytes(24).toString('base64url');
      waiting.set(capability, run);
      living.add(run);
      const done = (): void => void living.delete(run);
      run.ended.then(done, done);
      const giveUp = (): void => {
        if (!waiting.delete(capability)) return;
        if (living.has(run)) onNobody();
        run.hangUp();
        void discard(run);
      };
      // One that has ended meanwhile still waits: its output and its exit are for whoever comes.
      clock.sleep(patienceMs, closing.signal).then(giveUp, () => undefined);
      return capability;
    },
    claim(capability) {
      const run = waiting.get(capability);
      if (run === undefined) throw unknown();
      waiting.delete(capability);
      return run;
    },
    close() {
      closing.abort();
      for (const run of living) run.hangUp();
    },
  };
}

/** What nobody reads would hold it up. */
export async function discard({ oneOff, ended }: StartedRun): Promise<void> {
  const [lines, bytes] = [oneOff.lines, oneOff.output];
  await Promise.allSettled([drain(lines), drain(bytes), ended]);
}

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

function unknown(): DozenError {
  return userError(
    'ATTACH_UNKNOWN',
    'Cannot attach: no run waits for this capability; it was used, or nobody came within 30 s',
    { hint: 'Run the command again' },
  );
}

function tooMany(): DozenError {
  return userError('RUN_TOO_MANY', 'Cannot run a command: 9999 run already', {
    hint: 'Stop some with dozen ps stop run.N',
  });
}
