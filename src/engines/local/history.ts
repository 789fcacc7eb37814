/**
 * How processes of each owner ended, newest first: `engine/history/<owner>.json`. Ends that come together are written together.
 * What a full disk does not take waits in memory for the next end.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { isDiskFull } from '../../base/error.ts';
import type { Ended } from '../engine.ts';
import type { LocalProcess } from './local-process.ts';
import { isAttached, writeDurably } from './run-folder.ts';

/** Of an owner. */
const keptEnds = 100;
const lineCharacters = 500;

/** Null while it has not. */
export function endedOf(
  { run, exit, endedAt, unready, wasAsked }: LocalProcess,
  { crashes, tail }: { readonly crashes: number; readonly tail: readonly string[] },
): Ended | null {
  if (exit === null) return null;
  const { process, instance, release, startedAt, oneOff } = run;
  const asked = wasAsked && unready === null;
  return {
    process,
    instance,
    release,
    startedAt,
    endedAt,
    exit,
    asked,
    crashes: asked || oneOff !== null ? 0 : crashes,
    lastLines: isAttached(run) ? [] : tail.map((line) => line.slice(0, lineCharacters)),
  };
}

interface Kept {
  ends: readonly Ended[];
  /** Of what there was when it began. */
  writing: Promise<void>;
  /** The write that follows it; null while it would have nothing to write. */
  next: Promise<void> | null;
}

export class History {
  readonly #folder: string;
  readonly #owners = new Map<string, Kept>();

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folder = folder;
  }

  of(ownerId: string): readonly Ended[] {
    return this.#kept(ownerId).ends;
  }

  /** Resolves when it is on disk. An end that is known already is told anew. */
  add(ownerId: string, ended: Ended): Promise<void> {
    const kept = this.#kept(ownerId);
    const others = kept.ends.filter(({ instance }) => instance !== ended.instance);
    kept.ends = [ended, ...others].slice(0, keptEnds);
    kept.next ??= kept.writing.then(() => {
      kept.next = null;
      kept.writing = this.#write(ownerId, kept.ends);
      return kept.writing;
    });
    return kept.next;
  }

  async forget(ownerId: string): Promise<void> {
    const kept = this.#owners.get(ownerId);
    await (kept?.next ?? kept?.writing);
    this.#owners.delete(ownerId);
    await rm(this.#file(ownerId), { force: true });
  }

  async #write(ownerId: string, ends: readonly Ended[]): Promise<void> {
    try {
      await writeDurably(this.#file(ownerId), JSON.stringify({ format: 1, ends }));
    } catch (error) {
      if (!isDiskFull(error)) throw error;
    }
  }

  #kept(ownerId: string): Kept {
    const known = this.#owners.get(ownerId);
    if (known !== undefined) return known;
    const file = this.#file(ownerId);
    const { ends } = existsSync(file)
      ? (JSON.parse(readFileSync(file, 'utf8')) as { readonly ends: readonly Ended[] })
      : { ends: [] };
    const kept: Kept = { ends, writing: Promise.resolve(), next: null };
    this.#owners.set(ownerId, kept);
    return kept;
  }

  #file(ownerId: string): string {
    return path.join(this.#folder, `${ownerId}.json`);
  }
}
