/**
 * Changes of apps under way. One outlives the call that asked for it: the caller is answered as soon as it is known what the
 * change is, and may follow the rest by the change's name.
 */
import { asDozenError, userError } from '../base/error.ts';
import { Feed } from '../engines/local/feed.ts';
import type { DeployEvent } from '../factors/deploy-event.ts';
import type { Telling } from '../platform/rollout.ts';

export interface Changes {
  /** Resolves once it is under way: its release, formation or credential is recorded, or it ended. Rejects with what it threw before that. */
  begin<T>(work: (telling: Telling) => Promise<T>, signal?: AbortSignal): Promise<Change<T>>;
  /** The same without waiting; its name. Whoever follows it hears how it ends. */
  start(work: (telling: Telling) => Promise<unknown>, signal?: AbortSignal): string;
  /** All it has told and will tell. @throws CHANGE_UNKNOWN */
  follow(name: string, signal: AbortSignal): AsyncIterable<DeployEvent>;
  /** Ends what is under way. Resolves when it has. */
  close(): Promise<void>;
}

export interface Change<T> {
  readonly name: string;
  /** False when it ended without anything to record. */
  readonly underWay: boolean;
  /** Of the release it made; null while it has made none. */
  readonly version: number | null;
  readonly done: Promise<T>;
}

/** Hears all that one change tells, as it is told. */
export interface Hearing {
  hear(event: DeployEvent): void;
  /** The change has ended. Resolves when what was heard is kept. */
  close(): Promise<void>;
}
/** What tells that a change is under way. */
const recorded: ReadonlySet<DeployEvent['kind']> = new Set([
  'release',
  'formation',
  'restart',
  'credential',
  'export',
  'promotion',
]);

/** Finished changes that can still be followed. */
const remembered = 200;

interface Kept {
  readonly told: DeployEvent[];
  readonly feed: Feed<DeployEvent>;
  readonly over: AbortController;
}

export function openChanges(makeName: () => string, listen: () => Hearing): Changes {
  const kept = new Map<string, Kept>();
  const running = new Set<Promise<unknown>>();
  const closing = new AbortController();
  const open = <T>(
    work: (telling: Telling) => Promise<T>,
    { signal, onTold }: { readonly signal: AbortSignal; readonly onTold: (event: DeployEvent) => void },
  ): { name: string; done: Promise<T> } => {
    const name = makeName();
    const change: Kept = { told: [], feed: new Feed(), over: new AbortController() };
    const hearing = listen();
    kept.set(name, change);
    const tell = (event: DeployEvent): void => {
      change.told.push(event);
      change.feed.push(event);
      hearing.hear(event);
      onTold(event);
    };
    const done = work({ tell, signal: AbortSignal.any([signal, closing.signal]) });
    const ended: Promise<unknown> = done
      .catch((error: unknown) => tell({ kind: 'failed', error: asDozenError(error).toJSON() }))
      .finally(async () => {
        change.over.abort();
        await hearing.close();
        running.delete(ended);
        forgetOldest(kept);
      });
    running.add(ended);
    return { name, done };
  };
  return {
    async begin(work, signal = new AbortController().signal) {
      let version: number | null = null;
      let underWay = false;
      const { promise: begun, resolve } = Promise.withResolvers<void>();
      const onTold = (event: DeployEvent): void => {
        if (event.kind === 'release' && !event.unchanged) version = event.version;
        if (!recorded.has(event.kind)) return;
        underWay = true;
        resolve();
      };
      const { name, done } = open(work, { signal, onTold });
      await Promise.race([begun, done]);
      return { name, underWay, version, done };
    },
    start(work, signal = new AbortController().signal) {
      const { name, done } = open(work, { signal, onTold: () => undefined });
      done.catch(() => undefined);
      return name;
    },
    follow(name, signal) {
      const change = kept.get(name);
      if (change === undefined) throw unknown(name);
      return change.feed.read(AbortSignal.any([signal, change.over.signal]), change.told);
    },
    async close() {
      closing.abort();
      await Promise.all(running);
    },
  };
}

function forgetOldest(kept: Map<string, Kept>): void {
  const finished = [...kept].filter(([, { over }]) => over.signal.aborted);
  for (const [name] of finished.slice(0, Math.max(0, finished.length - remembered))) kept.delete(name);
}

function unknown(name: string): Error {
  return userError(
    'CHANGE_UNKNOWN',
    `Cannot follow the change ${JSON.stringify(name.slice(0, 40))}: it is long over, or the platform was started again since`,
    { hint: 'See how it ended with dozen releases' },
  );
}
