/**
 * A repository for each app, and the smart protocol of Git over it. Git itself parses, checks and packs; who may push and
 * what an accepted push does is the caller's affair.
 *
 * A push, from request to answer
 *
 *   advertise ──► serve: receive-pack ──► pack into a quarantine, checked ──► pre-receive ──► onUpdate
 *                                                                                              │
 *   ref moves, quarantine joins the repository  ◄── accept ────────────────────────────────────┤
 *   nothing has happened                        ◄── reject, abort, a killed server ────────────┘
 *
 * Guarantees
 * 1. `main` and `master` are deployed, nothing else: other branches, tags and deletions are refused with what to type.
 * 2. A ref moves only after `onUpdate` accepted. A forced push is a push like any other.
 * 3. What `onUpdate` says reaches the pusher at once; in between, something does every few seconds.
 * 4. The signal of `onUpdate` aborts when the pusher is gone: when the stream is let go of, its body breaks or `signal` does.
 *    Once it accepted, the ref moves whether anybody still listens or not. A server killed between the two leaves the ref where
 *    it was, and the same push again is the way on. What it left of quarantines and locks is swept when it is opened.
 * 5. One push to a repository at a time: another one is refused at once.
 * 6. No configuration but the platform's is read, no hook but its own is run.
 */
import type { Clock } from '../../base/clock.ts';
import type { SourceLimits } from '../codebase.ts';

export type GitService = 'git-upload-pack' | 'git-receive-pack';

export interface GitServerOptions {
  /** Of the platform alone. Made when it is missing. */
  readonly folder: string;
  /** `bytes` bounds the pack of one push. */
  readonly limits: SourceLimits;
  readonly clock: Clock;
}

/** `repo` is an id of the platform's, a UUID. A repository is made when it is first asked for. */
export interface GitServer {
  /** What `GET /info/refs?service=…` answers, with its preamble. */
  advertise(repo: string, service: GitService, options?: AdvertiseOptions): AsyncIterable<Uint8Array>;
  /** What `POST /git-…-pack` answers. `body` is read to its end, not compressed. @throws GIT_REQUEST_BROKEN */
  serve(
    repo: string,
    service: GitService,
    body: AsyncIterable<Uint8Array>,
    options: ServeOptions,
  ): AsyncIterable<Uint8Array>;
  /** The bare repository's folder, for `openBare`. */
  folderOf(repo: string): string;
  /** Ends a push at work, then removes the repository. */
  remove(repo: string): Promise<void>;
  /** Aborts all pushes and waits until they are over. */
  close(): Promise<void>;
}

export interface AdvertiseOptions {
  /** The client's `Git-Protocol` header; honoured when it is `version=N`. */
  readonly protocol?: string | undefined;
  /** Aborts when the client is gone. */
  readonly signal?: AbortSignal | undefined;
}

export interface ServeOptions extends AdvertiseOptions {
  readonly onUpdate: OnUpdate;
}

/**
 * @param out shows text to the pusher, who sees whole lines.
 * @param signal aborted: the pusher is gone and no answer counts any more.
 */
export type OnUpdate = (
  update: PushedUpdate,
  out: (text: string) => void,
  signal: AbortSignal,
) => Promise<Verdict>;

/** `reject`: one line that the pusher reads as the state of the ref. */
export type Verdict = 'accept' | { readonly reject: string };

export interface PushedUpdate {
  readonly ref: string;
  readonly branch: string;
  /** What the ref names now; null: it is new. */
  readonly before: string | null;
  readonly commit: string;
  /** With `commit`, what `openBare` needs. */
  readonly repository: string;
  /** Where the pushed objects are until the ref moves. */
  readonly quarantine: string | null;
  /** Of `git push -o`. */
  readonly pushOptions: readonly string[];
}
