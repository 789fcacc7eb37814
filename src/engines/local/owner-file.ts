/** What an owner's processes are to be, on disk: read by the next engine, and by nobody else. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { ErrorShape } from '../../base/error.ts';
import type { Desired } from '../engine.ts';
import { completed, writeDurably } from './run-folder.ts';

export interface OwnerState {
  readonly format: 1;
  /** The newest formation that was applied. */
  readonly next: Desired;
  /** The last one that was reached: what runs when `next` cannot. */
  readonly reached: Desired | null;
  /** Why `next` was given up; null while it is not. */
  readonly failed: ErrorShape | null;
  /** Instances that are to be restarted, until they are. */
  readonly stale: readonly string[];
}

type Change = Partial<Omit<OwnerState, 'format'>>;

/** One owner's state in memory and on disk, one change after the other. */
export class OwnerFile {
  readonly #folder: string;
  #state: OwnerState;
  #isKept: boolean;
  #turn: Promise<void> = Promise.resolve();

  /** @param isKept whether that state is on disk already. */
  constructor(folder: string, state: OwnerState, isKept: boolean) {
    this.#folder = folder;
    this.#state = state;
    this.#isKept = isKept;
  }

  get state(): OwnerState {
    return this.#state;
  }

  /** Whether what is on disk is the state. */
  get isKept(): boolean {
    return this.#isKept;
  }

  /** Disk first: when it resolves the change has happened in both, when it rejects in neither. `null`: nothing to do. */
  change(change: (state: OwnerState) => Change | null): Promise<void> {
    const done = this.#turn.then(async () => {
      const before = this.#state;
      const changed = change(before);
      if (changed === null) return;
      const wanted = { ...before, ...changed };
      await writeDurably(fileOf(this.#folder, wanted.next.owner.id), JSON.stringify(wanted));
      // What was noted during the write stays, and is yet to be kept.
      this.#isKept = this.#state === before;
      this.#state = { ...this.#state, ...changed };
    });
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Memory first, for what has happened anyway; `keep` writes it. */
  note(changed: Change): void {
    this.#state = { ...this.#state, ...changed };
    this.#isKept = false;
  }

  async keep(): Promise<void> {
    if (!this.#isKept) await this.change(() => ({}));
  }
}

export function readOwners(folder: string): OwnerState[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => readOwner(path.join(folder, name)));
}

/** Files of an earlier build know of no stale ones, and of fewer limits. */
function readOwner(file: string): OwnerState {
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Omit<OwnerState, 'stale'> & Partial<OwnerState>;
  const reached = kept.reached === null ? null : completedTypes(kept.reached);
  return { stale: [], ...kept, next: completedTypes(kept.next), reached };
}

function completedTypes(desired: Desired): Desired {
  return { ...desired, types: desired.types.map((type) => ({ ...type, spec: completed(type.spec) })) };
}

export function forgetOwner(folder: string, ownerId: string): void {
  rmSync(fileOf(folder, ownerId), { force: true });
}

function fileOf(folder: string, ownerId: string): string {
  return path.join(folder, `${ownerId}.json`);
}
