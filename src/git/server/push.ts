/** One push: `git receive-pack`, its hook's question, our answer. */
import type { ChildProcess } from 'node:child_process';
import type { Duplex, Writable } from 'node:stream';
import { platformError } from '../../base/error.ts';
import { collect, complaintOf, git, type Outcome } from '../command.ts';
import type { OnUpdate, PushedUpdate } from './git-server.ts';
import { withReasons } from './packets.ts';
import { relay } from './relay.ts';
import { parseQuestion, type Question, sortOut } from './updates.ts';

export interface Push {
  /** `git receive-pack`, with three more pipes: question, text, verdict. */
  readonly child: ChildProcess;
  readonly repository: string;
  readonly onUpdate: OnUpdate;
  readonly signal: AbortSignal;
}

/** Enough for thousands of refs. */
const questionLimit = 1024 * 1024;

/**
 * Resolves when Git is gone and `onUpdate` has settled; throws what `onUpdate` threw.
 *
 * Git is never killed: it would leave its quarantine. What it waits for is closed instead, the pack and the verdict.
 */
export async function receivePush(push: Push, output: Writable): Promise<Outcome> {
  const { child, signal } = push;
  const reasons = new Map<string, string>();
  const stop = () => [child.stdin, ...pipesOf(child).slice(1)].map((pipe) => pipe?.destroy());
  signal.addEventListener('abort', stop, { once: true });
  const answered = answer(push, { reasons, onAccept: () => signal.removeEventListener('abort', stop) });
  const relayed = relay(withReasons(child.stdout as unknown as AsyncIterable<Buffer>, reasons), output);
  if (signal.aborted) stop();
  const [outcome, accepted] = await allOf([collect(child, { keep: false }), answered, relayed]);
  signal.removeEventListener('abort', stop);
  if (accepted !== null) await pointHead(push, accepted);
  return outcome;
}

/** As `Promise.all`, but what failed is thrown when all are over. */
async function allOf<T extends readonly unknown[]>(
  work: { readonly [K in keyof T]: Promise<T[K]> },
): Promise<T> {
  await Promise.allSettled(work);
  return (await Promise.all(work)) as unknown as T;
}

/** Question, text, verdict. */
function pipesOf(child: ChildProcess): readonly [Duplex, Duplex, Duplex] {
  return child.stdio.slice(3) as Duplex[] as [Duplex, Duplex, Duplex];
}

interface Answering {
  /** Filled with why refs are refused. */
  readonly reasons: Map<string, string>;
  /** From here on the ref moves, whoever is gone. */
  readonly onAccept: () => void;
}

/** @returns the ref that was accepted. */
async function answer(push: Push, { reasons, onAccept }: Answering): Promise<string | null> {
  const [question, text, verdict] = pipesOf(push.child);
  // A hook that is gone takes no more; that the push failed is said by Git's own end.
  for (const pipe of [question, text, verdict]) pipe.on('error', () => undefined);
  try {
    const asked = await readQuestion(question);
    if (asked === null || push.signal.aborted) return null;
    const ref = await decide(push, { asked, reasons, out: (line) => text.writable && text.write(line) });
    if (ref === null || push.signal.aborted) return null;
    onAccept();
    verdict.write('accept\n');
    return ref;
  } finally {
    text.end();
    verdict.end();
    question.resume();
  }
}

/** Null: Git ended without asking. */
async function readQuestion(pipe: Duplex): Promise<Question | null> {
  let text = '';
  pipe.setEncoding('utf8');
  for await (const chunk of pipe.iterator({ destroyOnReturn: false })) {
    text += chunk;
    if (text.length > questionLimit) return null;
    const end = text.indexOf('\0\0');
    if (end >= 0 && text.indexOf('\0', end + 2) >= 0) return parseQuestion(text);
  }
  return null;
}

interface Deciding {
  readonly asked: Question;
  readonly reasons: Map<string, string>;
  readonly out: (text: string) => void;
}

async function decide(push: Push, { asked, reasons, out }: Deciding): Promise<string | null> {
  const { deploy, reasons: others } = sortOut(asked.updates);
  for (const [ref, reason] of others) reasons.set(ref, reason);
  if (deploy === null) return null;
  const { ref, before, after } = deploy;
  const update: PushedUpdate = {
    ref,
    branch: ref.slice('refs/heads/'.length),
    before,
    commit: after,
    repository: push.repository,
    quarantine: asked.quarantine,
    pushOptions: asked.pushOptions,
  };
  const obstacle = await findObstacle(update);
  const verdict = obstacle === null ? await push.onUpdate(update, out, push.signal) : { reject: obstacle };
  if (verdict === 'accept') return ref;
  reasons.set(ref, verdict.reject);
  return null;
}

/** What would keep Git from moving the ref after all: found before anything is deployed. */
async function findObstacle(update: PushedUpdate): Promise<string | null> {
  const { ref, before, commit, branch } = update;
  const now = await ask(update, ['rev-parse', '--verify', '--quiet', ref]);
  if (now !== before) return `${branch} was moved meanwhile, type: git fetch dozen`;
  const named = await ask(update, ['rev-parse', '--verify', '--quiet', `${commit}^{commit}`]);
  if (named !== commit) return 'what was pushed is no commit, type: git push dozen HEAD:main';
  const history = await ask(update, ['rev-list', '--count', commit, '--not', '--all']);
  return history === null ? 'its history is missing, type: git fetch --unshallow' : null;
}

/** What Git prints of the repository and the quarantine together; null when it fails. */
async function ask(
  { repository, quarantine }: PushedUpdate,
  args: readonly string[],
): Promise<string | null> {
  const objects = {
    GIT_OBJECT_DIRECTORY: quarantine ?? `${repository}/objects`,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: JSON.stringify(`${repository}/objects`),
  };
  const env = { GIT_DIR: repository, GIT_CONFIG_GLOBAL: '/dev/null', ...objects };
  const found = await git(args, { cwd: repository, user: null, env });
  return found.code === 0 ? found.output.toString().trim() : null;
}

/** So that a clone checks out what was deployed. */
async function pointHead({ repository }: Push, ref: string): Promise<void> {
  const env = { GIT_DIR: repository, GIT_CONFIG_GLOBAL: '/dev/null' };
  const args = ['-c', 'core.fsync=all', 'symbolic-ref', 'HEAD', ref];
  const pointed = await git(args, { cwd: repository, user: null, env });
  if (pointed.code === 0) return;
  throw platformError('TOOL_FAILED', `Cannot point HEAD of a repository to ${ref}: ${complaintOf(pointed)}`);
}
