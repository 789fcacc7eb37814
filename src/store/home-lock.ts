/**
 * One parent process at a time on a home.
 *
 * The lock is the kernel's: an SQLite file held in an exclusive transaction, which is a POSIX record lock. It ends with
 * the process, also by SIGKILL, and its children do not inherit it. The file is never opened in any other way: closing
 * any handle of it in this process would let the lock go.
 *
 * Who holds it is written beside it, for people; the lock does not depend on it.
 */
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../base/clock.ts';
import { type DozenError, userError } from '../base/error.ts';
import { replaceFile } from './durable-file.ts';
import { startTick } from './process-identity.ts';

/** Who asks for the home. */
export interface Holder {
  /** As it was typed, e.g. `dozen up`. */
  readonly command: string;
  readonly clock: Pick<Clock, 'now'>;
}

export interface HomeLock {
  release(): void;
}

/** Connections that hold a lock: one that is only garbage would be closed, and its lock gone with it. */
const held = new Set<DatabaseSync>();

/** @throws HOME_LOCKED */
export function lockHome(home: string, holder: Holder): HomeLock {
  const connection = new DatabaseSync(path.join(home, 'lock.db'), { timeout: 0 });
  try {
    connection.exec('BEGIN EXCLUSIVE');
    describe(home, holder);
  } catch (error) {
    connection.close();
    throw isBusy(error) ? locked(home, holder) : error;
  }
  held.add(connection);
  return { release: () => release(home, connection) };
}

/** Once more is no error: the home may be another's by then. */
function release(home: string, connection: DatabaseSync): void {
  if (!held.delete(connection)) return;
  rmSync(descriptionFile(home), { force: true });
  connection.close();
}

interface Description {
  readonly pid: number;
  readonly command: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** Tells this process from a later one of the same pid; null where the system does not say. */
  readonly startedAtTick: string | null;
}

function descriptionFile(home: string): string {
  return path.join(home, 'lock.json');
}

function describe(home: string, { command, clock }: Holder): void {
  const { pid } = process;
  const description: Description = { pid, command, since: clock.now(), startedAtTick: startTick(pid) };
  replaceFile(descriptionFile(home), JSON.stringify(description));
}

function isBusy(error: unknown): boolean {
  const sqliteBusy = 5;
  return error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === sqliteBusy;
}

function locked(home: string, { clock }: Holder): DozenError {
  const holder = readDescription(home);
  const who =
    holder === null
      ? 'another process holds it'
      : `process ${holder.pid} (${holder.command}) holds it since ${timeOf(holder.since, clock.now())}`;
  return userError('HOME_LOCKED', `Cannot use ${JSON.stringify(home)}: ${who}`, {
    hint:
      holder === null
        ? 'Stop it, or set another DOZEN_HOME'
        : `Stop it with kill ${holder.pid}, or set another DOZEN_HOME`,
  });
}

/** Null when it is of a holder before: one that was killed leaves its description until the next has written its own. */
function readDescription(home: string): Description | null {
  const description = parseDescription(home);
  if (description === null || startTick(description.pid) !== description.startedAtTick) return null;
  return description;
}

function parseDescription(home: string): Description | null {
  let text: string;
  try {
    text = readFileSync(descriptionFile(home), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  // The file is ours alone and replaced as a whole, so what is in it is what `describe` wrote.
  return JSON.parse(text) as Description;
}

/** As a clock on the wall shows it, with the day where it is another one. */
function timeOf(moment: number, now: number): string {
  const [then, today] = [new Date(moment), new Date(now)];
  const pad = (part: number): string => String(part).padStart(2, '0');
  const time = `${pad(then.getHours())}:${pad(then.getMinutes())}`;
  if (then.toDateString() === today.toDateString()) return time;
  return `${then.getFullYear()}-${pad(then.getMonth() + 1)}-${pad(then.getDate())} ${time}`;
}
