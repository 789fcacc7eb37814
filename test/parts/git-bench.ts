/** A Git server, a repository whose remote it is, and the client between. */
import path from 'node:path';
import type { TestContext } from 'node:test';
import { defaultSourceLimits } from '../../src/git/codebase.ts';
import type { GitServer, OnUpdate, PushedUpdate } from '../../src/git/server/git-server.ts';
import { openGitServer } from '../../src/git/server/open-git-server.ts';
import { type Client, mountGit, startClient } from './git-http.ts';
import { folder, git, repository } from './git-repository.ts';
import { systemClock } from './local-host.ts';

export const repo = '0b3f1c52-5d0e-4a8e-9c7e-2f1f9f0c1a11';
export const limits = defaultSourceLimits;

export interface Bench {
  readonly server: GitServer;
  readonly url: string;
  /** A repository with a commit, whose remote `dozen` is the server. */
  readonly work: string;
  readonly home: string;
  readonly updates: PushedUpdate[];
  push(...args: string[]): Promise<{ code: number | null; text: string }>;
  start(...args: string[]): Client;
}

export const accept: OnUpdate = async () => 'accept';

export async function bench(
  t: TestContext,
  { onUpdate = accept, bytes = limits.bytes }: { onUpdate?: OnUpdate; bytes?: number } = {},
): Promise<Bench> {
  const home = path.join(folder(t), 'repositories');
  const server = openGitServer({ folder: home, limits: { ...limits, bytes }, clock: systemClock });
  t.after(() => server.close());
  const updates: PushedUpdate[] = [];
  const urlOf = await mountGit(t, {
    server,
    onUpdate: (update, out, signal) => {
      updates.push(update);
      return onUpdate(update, out, signal);
    },
  });
  const work = repository(t, { Procfile: 'web: x' });
  git(work, 'branch', '-m', 'main');
  git(work, 'remote', 'add', 'dozen', urlOf(repo));
  const start = (...args: string[]) => startClient(t, { cwd: work, args: ['push', ...args] });
  return { server, url: urlOf(repo), work, home, updates, start, push: (...args) => start(...args).ended };
}

export function refsOf({ server }: Bench): string[] {
  return git(server.folderOf(repo), 'for-each-ref', '--format=%(refname) %(objectname)')
    .split('\n')
    .filter(Boolean);
}

export const head = ({ work }: Bench, name = 'HEAD') => git(work, 'rev-parse', name);

/** An update that waits for its end, told from outside. */
export function held() {
  const started = Promise.withResolvers<AbortSignal>();
  const verdict = Promise.withResolvers<'accept'>();
  const onUpdate: OnUpdate = (_, out, signal) => {
    out('working\n');
    started.resolve(signal);
    return verdict.promise;
  };
  return { onUpdate, started: started.promise, finish: () => verdict.resolve('accept') };
}

export async function* bodyOf(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

export async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}
