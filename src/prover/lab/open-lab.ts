/** Opens the lab: what all experiments share, and a scope of its own for each, which ends with all that it started. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ChamberJob, UserId } from '../chamber/job.ts';
import { Unobservable } from '../unobservable.ts';
import { type DeployHost, openDeploy } from './deploy.ts';
import type { Deploy, DeployOptions, Instance, Lab, Lost, Watched } from './lab.ts';
import { lose } from './lost.ts';
import { watchMemory } from './memory-watch.ts';
import { bindMount } from './mount.ts';
import { patienceOf } from './patience.ts';
import { openScratch } from './scratch.ts';
import { openServers } from './servers.ts';
import { watch } from './watched.ts';

export interface OpenLab {
  now(): number;
  scope(signal: AbortSignal): Scope;
  /** All that were made so far: what their variables hold is to be kept out of what is told. */
  deploys(): readonly Deploy[];
  /** Whether a port is one that the lab chose. */
  gave(port: number): boolean;
  /** Ends what the experiments shared. */
  close(): Promise<void>;
}

export interface Scope {
  readonly lab: Lab;
  /** Stops and removes whatever was started through this lab. */
  close(): Promise<void>;
}

type Common = Pick<Lab, 'shared' | 'watched' | 'lost'>;
type Shared = { readonly deploy: Deploy; readonly web: Instance };

/** @param note told of what no finding may say */
export async function openLab(given: ChamberJob, note: (text: string) => void): Promise<OpenLab> {
  const now = (): number => Date.now() - given.beganAt;
  const job = withinReach(given);
  const memory = watchMemory({
    limit: job.memoryLimit,
    onFirst: (why) => note(`What took the most memory was ended, ${why}`),
  });
  const host: Omit<DeployHost, 'signal'> = {
    job,
    now,
    scratch: openScratch(path.join(job.folder, 'instances'), job.user),
    servers: openServers({ job, freePort }),
    freePort,
    patience: patienceOf(job.subject.scenario.startMs),
    memberToken: newToken(),
    memory,
  };
  let shared: Promise<Shared> | null = null;
  let watched: Promise<Watched> | null = null;
  let lost: Promise<Lost> | null = null;
  // What belongs to all experiments is made in a scope that none of them ends.
  const common: Common = {
    shared: () => {
      shared ??= openShared(lasting.lab);
      return shared;
    },
    watched: () => {
      watched ??= watch(lasting.lab);
      return watched;
    },
    lost: () => {
      lost ??= loseAndClose(open(new AbortController().signal));
      return lost;
    },
  };
  const deploys: Deploy[] = [];
  const open = (signal: AbortSignal): Scope =>
    openScope(host, { signal, common, onDeploy: (deploy) => deploys.push(deploy) });
  const lasting = open(new AbortController().signal);
  return {
    now,
    scope: open,
    deploys: () => deploys,
    gave: (port) => portsGiven.has(port),
    close: async () => {
      await lasting.close();
      await host.servers.stop();
      memory.stop();
    },
  };
}

async function openShared(lab: Lab): Promise<Shared> {
  const deploy = await lab.deploy();
  return { deploy, web: await deploy.up('web') };
}

/** With the start of every process type. */
const lossLimitMs = 40_000;

async function loseAndClose({ lab, close }: Scope): Promise<Lost> {
  try {
    return await lab.within(lossLimitMs, 'The loss of all services', () => lose(lab));
  } finally {
    await close();
  }
}

/** The caches lie in folders that are closed to the app's user: what it runs is shown where it can pass. */
function withinReach(job: ChamberJob): ChamberJob {
  const folder = path.join(job.folder, 'programs');
  mkdirSync(folder, { recursive: true });
  for (const each of [job.folder, folder]) chmodSync(each, 0o711);
  const show = (name: string, from: string): string => {
    const place = path.join(folder, name);
    mkdirSync(place);
    bindMount(from, place);
    return place;
  };
  nameUser(job.user ?? caller(), path.join(job.folder, 'passwd'));
  const { postgres } = job.programs;
  return {
    ...job,
    app: {
      ...job.app,
      runtimes: job.app.runtimes.map((each) => ({
        ...each,
        folder: show(`${each.name}-${each.version}`, each.folder),
      })),
    },
    programs: { ...job.programs, postgres: postgres === null ? null : show('postgres', postgres) },
  };
}

function caller(): UserId {
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}

/** In the chamber alone: programs such as `initdb` ask for the name of who runs them. */
function nameUser({ uid, gid }: UserId, file: string): void {
  const known = readFileSync('/etc/passwd', 'utf8').trimEnd();
  if (known.split('\n').some((line) => line.split(':')[2] === String(uid))) return;
  writeFileSync(file, `${known}\napp:x:${uid}:${gid}::/app:/bin/sh\n`);
  chmodSync(file, 0o644);
  bindMount(file, '/etc/passwd');
}

interface Opening {
  readonly signal: AbortSignal;
  readonly common: Common;
  readonly onDeploy: (deploy: Deploy) => void;
}

function openScope(host: Omit<DeployHost, 'signal'>, { signal, common, onDeploy }: Opening): Scope {
  const deploys: Promise<Deploy>[] = [];
  const lab: Lab = {
    subject: host.job.subject,
    app: host.job.app,
    signal,
    token: newToken,
    memberToken: host.memberToken,
    now: host.now,
    deploy: (options: DeployOptions = {}) => {
      signal.throwIfAborted();
      const deploy = openDeploy({ ...host, signal }, options).then((opened) => {
        onDeploy(opened);
        return opened;
      });
      deploys.push(deploy);
      return deploy;
    },
    shared: () => {
      signal.throwIfAborted();
      return common.shared();
    },
    watched: () => {
      signal.throwIfAborted();
      return common.watched();
    },
    lost: () => {
      signal.throwIfAborted();
      return common.lost();
    },
    pause: (ms) => wait(ms, undefined, { signal }),
    within: (ms, what, work) => within(signal, { ms, what, work }),
  };
  return {
    lab,
    close: async () => {
      const opened = await Promise.allSettled(deploys);
      await Promise.all(opened.map((each) => (each.status === 'fulfilled' ? each.value.stop() : null)));
    },
  };
}

const newToken = (): string => `t${randomBytes(6).toString('hex')}`;

async function within<T>(
  signal: AbortSignal,
  {
    ms,
    what,
    work,
  }: { readonly ms: number; readonly what: string; readonly work: (signal: AbortSignal) => Promise<T> },
): Promise<T> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  const over = new Promise<never>((_resolve, reject) =>
    limit.addEventListener(
      'abort',
      () => reject(new Unobservable(`${what} took longer than ${ms / 1000} s`)),
      {
        once: true,
      },
    ),
  );
  return Promise.race([work(limit), over]);
}

/** Below those that the kernel gives to outgoing connections: what is free here stays free until it is asked for. */
const firstPort = 20_000;
let lastPort = firstPort;
const portsGiven = new Set<number>();

async function freePort(): Promise<number> {
  for (;;) {
    lastPort += 1;
    const port = lastPort;
    if (!(await isFree(port))) continue;
    portsGiven.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)));
  });
}
