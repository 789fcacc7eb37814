/** What is measured: processes pinned to one core, with a backend on another. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const proxyCore = '0';
export const loadCore = '1';

export interface Contender {
  readonly name: string;
  readonly port: number;
  /** The process and what it started. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/** One nginx worker: 12 B at `/s`, files, and `/up`, which answers without reading the upload. */
export async function startBackend(folder: string): Promise<Contender> {
  const port = await freePort();
  const files = path.join(folder, 'files');
  mkdirSync(files);
  writeFileSync(path.join(files, '10k'), Buffer.alloc(10_240, 'x'));
  writeFileSync(path.join(files, '1m'), Buffer.alloc(1_048_576, 'x'));
  const config = nginxConfig(
    folder,
    'backend',
    `server { listen 127.0.0.1:${port}; root ${files}; client_max_body_size 0; keepalive_requests 1000000;
      location = /s { return 200 "hello world\\n"; } location = /up { return 200; } }`,
  );
  return start('backend', { port, core: loadCore, command: ['nginx', '-c', config] });
}

/** nginx as a proxy, its access log off. */
export async function startNginx(folder: string, backend: Contender): Promise<Contender> {
  const port = await freePort();
  const config = nginxConfig(
    folder,
    'nginx',
    `upstream app { server 127.0.0.1:${backend.port}; keepalive 128; }
    server { listen 127.0.0.1:${port}; client_max_body_size 0; keepalive_requests 1000000;
      location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection "";
        proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Request-Id $request_id;
        proxy_request_buffering off; } }`,
  );
  return start('nginx', { port, core: proxyCore, command: ['nginx', '-c', config] });
}

/** Dozen, its access log on. */
export async function startDozen(folder: string, backend: Contender): Promise<Contender> {
  const port = await freePort();
  const script = path.join(import.meta.dirname, 'dozen.ts');
  const spool = path.join(folder, 'spool');
  const command = [process.execPath, script, String(port), String(backend.port), spool];
  return start('dozen', { port, core: proxyCore, command });
}

function nginxConfig(folder: string, name: string, http: string): string {
  const file = path.join(folder, `${name}.conf`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/${name}.${kind};`)
    .join(' ');
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  writeFileSync(
    file,
    `${user} daemon off; worker_processes 1; pid ${folder}/${name}.pid; error_log ${folder}/${name}.log crit;
    events { worker_connections 1024; }
    http { access_log off; sendfile on; tcp_nopush on; ${temporary} ${http} }\n`,
  );
  return file;
}

interface Start {
  readonly port: number;
  readonly core: string;
  readonly command: readonly string[];
}

async function start(name: string, { port, core, command }: Start): Promise<Contender> {
  const child = spawn('taskset', ['-c', core, ...command], { stdio: ['ignore', 'inherit', 'inherit'] });
  await untilListening(port, child);
  const pid = child.pid as number;
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  };
  return { name, port, pids: [pid, ...childrenOf(pid)], stop };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await sleep(50);
    } finally {
      socket.destroy();
    }
  }
  throw new Error(`nothing listens on port ${port} after 5 s`);
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map(Number)
    .filter((candidate) => statOf(candidate)?.parent === pid);
}

/** User and system time of all its processes, in milliseconds (of 10 ms ticks). */
export function cpuMs(contender: Contender): number {
  return contender.pids.reduce((sum, pid) => sum + (statOf(pid)?.ticks ?? 0) * 10, 0);
}

export function residentMb(contender: Contender): number {
  const pages = contender.pids.map((pid) =>
    Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1] ?? 0),
  );
  return (pages.reduce((sum, count) => sum + count, 0) * 4_096) / 1_048_576;
}

function statOf(pid: number): { readonly parent: number; readonly ticks: number } | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
}
