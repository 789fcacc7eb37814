/** A Git server behind node:http, as the platform mounts it, and the real client before it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { TestContext } from 'node:test';
import { createGunzip } from 'node:zlib';
import type { GitServer, GitService, OnUpdate } from '../../src/git/server/git-server.ts';
import { gitEnvironment } from './git-repository.ts';

/** @returns the URL of a repository. */
export async function mountGit(
  t: TestContext,
  { server, onUpdate }: { readonly server: GitServer; readonly onUpdate: OnUpdate },
): Promise<(repo: string) => string> {
  const web = createServer((request, response) => {
    answer({ server, onUpdate, request, response }).catch((error) => response.destroy(error));
  });
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  t.after(() => {
    web.closeAllConnections();
    web.close();
  });
  return (repo) => `http://127.0.0.1:${(web.address() as AddressInfo).port}/${repo}.git`;
}

interface Exchange {
  readonly server: GitServer;
  readonly onUpdate: OnUpdate;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function answer({ server, onUpdate, request, response }: Exchange): Promise<void> {
  const url = new URL(request.url ?? '', 'http://localhost');
  const [, repo = '', service = ''] =
    /^\/([^/]+)\.git\/(?:info\/refs|(git-[a-z-]+))$/.exec(url.pathname) ?? [];
  const protocol = request.headers['git-protocol']?.toString();
  const asked = (service || url.searchParams.get('service')) as GitService;
  response.setHeader('content-type', `application/x-${asked}-${service ? 'result' : 'advertisement'}`);
  const body = request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request;
  const bytes = service
    ? server.serve(repo, asked, body, { protocol, onUpdate })
    : server.advertise(repo, asked, { protocol });
  await pipeline(bytes, response);
}

export interface Client {
  readonly child: ChildProcess;
  /** Resolves when this stands in what it said. */
  said(text: string): Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly text: string }>;
}

/** `git`, with its output as it comes. */
export function startClient(
  t: TestContext,
  { cwd, args, env = {} }: { cwd: string; args: readonly string[]; env?: Record<string, string> },
): Client {
  const child = spawn('git', ['-c', 'safe.directory=*', ...args], {
    cwd,
    env: { ...gitEnvironment, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let text = '';
  const keep = (chunk: Buffer) => {
    text += chunk.toString();
    child.emit('said');
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  t.after(() => child.exitCode === null && child.signalCode === null && child.kill('SIGKILL'));
  return {
    child,
    said: async (wanted) => {
      while (!text.includes(wanted)) await once(child, 'said', { signal: AbortSignal.timeout(20_000) });
    },
    ended: once(child, 'close').then(([code]) => ({ code: code as number | null, text })),
  };
}
