/** What an owner's processes are to be, on disk: read by the next engine, and by nobody else. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { ErrorShape } from '../../base/error.ts';
import type { Desired } from '../engine.ts';
import { writeDurably } from './run-folder.ts';

export interface OwnerState {
  readonly format: 1;
  /** The newest formation that was applied. */
  readonly next: Desired;
  /** The last one that was reached: what runs when `next` cannot. */
  readonly reached: Desired | null;
  /** Why `next` was given up; null while it is not. */
  readonly failed: ErrorShape | null;
}

export function saveOwner(folder: string, state: OwnerState): Promise<void> {
  return writeDurably(path.join(folder, `${state.next.owner.id}.json`), JSON.stringify(state));
}

export function readOwners(folder: string): OwnerState[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as OwnerState);
}

export function forgetOwner(folder: string, ownerId: string): void {
  rmSync(path.join(folder, `${ownerId}.json`), { force: true });
}
