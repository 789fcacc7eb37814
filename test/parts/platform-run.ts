/** `dozen up` as a person runs it: the real executable, in a home of the test's own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type Client, openClient } from '../../src/api/client.ts';
import { localPeer } from '../../src/api/local-home.ts';
import type { Api } from '../../src/api/routes/catalogue.ts';
import type { BodyOf } from '../../src/api/routes/route.ts';
import type { DeployEvent } from '../../src/factors/deploy-event.ts';

export const dozen = path.join(import.meta.dirname, '../../bin/dozen');

export type Said = { readonly kind: string; readonly [name: string]: unknown };

export interface UpRun {
  readonly child: ChildProcess;
  readonly said: readonly Said[];
  readonly errors: () => string;
  /** Resolves with the first event, said or to come, that fits. */
  until(fits: (said: Said) => boolean): Promise<Said>;
  /** Sends the signal and resolves with the exit code when it has ended. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  readonly ended: Promise<number | null>;
}

export const isRootUser = process.getuid?.() === 0;

const limitMs = 90_000;

export function makeHome(): string {
  return mkdtempSync(path.join(tmpdir(), 'dozen-up-'));
}

/** An app of one Node file in a Git repository of its own. */
export function makeApp(files: Readonly<Record<string, string>>, name = 'hello'): string {
  const folder = path.join(mkdtempSync(path.join(tmpdir(), 'dozen-app-')), name);
  mkdirSync(folder);
  write(folder, files);
  git(folder, 'init', '--quiet', '--initial-branch=main');
  commit(folder, 'Begin');
  return folder;
}

export function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
}

export function commit(folder: string, message: string): string {
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--allow-empty', '--message', message);
  return git(folder, 'rev-parse', 'HEAD');
}

export function git(folder: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
  const { status, stdout, stderr } = spawnSync('git', [...identity, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

/** A server that says its version, its name and what it has in its environment. */
export const helloFiles = {
  'package.json': JSON.stringify({ name: 'hello', version: '1.0.0', private: true }),
  Procfile: 'web: node server.js\n',
  'server.js': `
const { createServer } = require('node:http');
const version = require('./version.js');
const server = createServer(async (request, response) => {
  if (request.url === '/slow') {
    console.log('slow begins');
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }
  response.end(version + ' ' + process.env.DYNO + ' ' + process.pid + '\\n');
});
server.listen(process.env.PORT, () => console.log('listening'));
process.on('SIGTERM', () => { console.log('bye'); server.close(() => process.exit(0)); server.closeIdleConnections(); });
`,
  'version.js': "module.exports = 'one';\n",
};

export function up(home: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): UpRun {
  return watch([dozen, 'up', '--json', ...args], { ...env, DOZEN_HOME: home });
}

/** Reads the events of a `dozen up --json`, however it is entered. */
export function watch(
  [program = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
): UpRun {
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: Said[] = [];
  const waiting = new Set<() => void>();
  let errors = '';
  createInterface({ input: child.stdout }).on('line', (line) => {
    said.push(JSON.parse(line));
    for (const wake of waiting) wake();
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    errors += `${line}\n`;
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  void ended.then(() => {
    for (const wake of waiting) wake();
  });
  const until = async (fits: (one: Said) => boolean): Promise<Said> => {
    const deadline = AbortSignal.timeout(limitMs);
    for (;;) {
      const found = said.find(fits);
      if (found !== undefined) return found;
      if (deadline.aborted || child.exitCode !== null || child.signalCode !== null) {
        const last = said
          .slice(-15)
          .map((one) => JSON.stringify(one))
          .join('\n');
        throw new Error(
          `not said by dozen up (exit ${child.exitCode ?? child.signalCode}):\n${last}\n${errors}`,
        );
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          resolve();
        };
        waiting.add(wake);
        deadline.addEventListener('abort', wake, { once: true });
      });
    }
  };
  return {
    child,
    said,
    errors: () => errors,
    until,
    ended,
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

export const serving = ({ kind }: Said): boolean => kind === 'serving';

export function urlOf(event: Said): string {
  const [url] = event.urls as string[];
  return url ?? '';
}

/** Names like `hello.localhost` do not resolve in Node: the address is given, the name goes into Host. */
export async function get(
  url: string,
  target = '/',
  init: RequestInit = {},
): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(url);
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    const sent = request({
      host: '127.0.0.1',
      port,
      path: target,
      method: init.method ?? 'GET',
      agent: false,
      headers: { ...(init.headers as Record<string, string>), Host: hostname },
    });
    sent.once('error', reject);
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      );
    });
    sent.end(init.body as string | undefined);
  });
}

/** The API of a platform that runs. */
export function clientOf(home: string): Client {
  const peer = localPeer(home);
  if (peer === null) throw new Error(`no platform runs over ${home}`);
  return openClient(peer);
}

/** Another deploy on a platform that runs. */
export async function deploy(
  home: string,
  body: BodyOf<Api['POST /dozen/v1/deploys']>,
  signal = new AbortController().signal,
): Promise<DeployEvent[]> {
  const events: DeployEvent[] = [];
  for await (const event of clientOf(home).follow('POST /dozen/v1/deploys', { body, signal }))
    events.push(event);
  return events;
}

/** Pids of every process of the machine that names the home, or that was started by one that did. */
export function processesOf(home: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return command.includes(home) ? [`${pid} ${command}`] : [];
      } catch {
        return [];
      }
    });
}

/** Of the app or service process of that name, e.g. `postgres.1`: the child of process 1 of its sandbox. */
export function mainPidOf(home: string, name: string): number {
  const status = path.join(home, 'engine/status');
  const claim = readdirSync(status).find((file) => file.startsWith(`${name}-`) && file.endsWith('.claim'));
  if (claim === undefined) throw new Error(`${name} does not run`);
  const init = readFileSync(path.join(status, claim), 'utf8').split(' ')[0];
  return Number(readFileSync(`/proc/${init}/task/${init}/children`, 'utf8').split(' ')[0]);
}

export function pidsOf(home: string, role: string): number[] {
  return processesOf(home)
    .filter((line) => new RegExp(`main\\.[jt]s ${role} `).test(line))
    .map((line) => Number(line.split(' ')[0]));
}

/** Resolves when the condition holds; rejects with what it is when it does not in time. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  { what, withinMs = 20_000 }: { readonly what: string; readonly withinMs?: number },
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function removeHome(home: string): void {
  rmSync(home, { recursive: true, force: true });
}

export function copyExample(name: string): string {
  const folder = path.join(mkdtempSync(path.join(tmpdir(), 'dozen-app-')), name);
  const source = path.join(import.meta.dirname, '../../examples', name);
  cpSync(source, folder, { recursive: true, filter: (entry) => !/\/(node_modules|dist)$/.test(entry) });
  git(folder, 'init', '--quiet', '--initial-branch=main');
  commit(folder, 'Begin');
  return folder;
}

export const runsLeft = (home: string): string[] =>
  existsSync(path.join(home, 'engine/runs')) ? readdirSync(path.join(home, 'engine/runs')) : [];
