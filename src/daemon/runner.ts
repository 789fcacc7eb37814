/** The `runner`: makes what runs on this machine match what is wanted, and reads what it says. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Engine, EnvironmentRef, ProcessSpec } from '../engines/engine.ts';
import type { Host } from '../engines/local/host.ts';
import { openLocalEngine } from '../engines/local/local-engine.ts';
import type { Person } from '../engines/local/sandbox/skeleton.ts';
import { openArtifacts } from '../store/artifacts.ts';
import { replaceFile } from '../store/durable-file.ts';
import { homeFolder } from '../store/home.ts';
import { openLayers } from '../store/layers.ts';
import { readLog } from '../store/logs/log-reader.ts';
import { openLogStore } from '../store/logs/log-store.ts';
import type { Store } from '../store/store.ts';
import { engineRoutes } from './engine-server.ts';
import { environmentOf } from './environment.ts';
import { openHomeStore } from './home-store.ts';
import { onParentGone, onStopAsked, tell } from './leash.ts';
import { peerOf, spoolFolder } from './paths.ts';
import { portsOf } from './ports.ts';
import { providers } from './providers.ts';
import { openRouteBoard, type RouteBoard, type RouterReport } from './route-board.ts';
import { runtimeFolders } from './runtime-folders.ts';
import { serve } from './socket-server.ts';
import { openSpoolReader } from './spool-reader.ts';
import { isRoot, randomName, systemClock } from './system.ts';

/** The parent is gone: everything is to be gone within 10 s. */
const orphanedWithinMs = 7_000;

export interface RunnerOptions {
  readonly home: string;
  /** Of this run of the parent: processes of an earlier one are ended, not adopted. */
  readonly session: string;
  /** `up`: nothing outlives the parent. */
  readonly mode: 'up' | 'server';
}

export async function startRunner({ home, session, mode }: RunnerOptions): Promise<void> {
  const store = openHomeStore(home);
  const board = openRouteBoard(systemClock.now() * 1000);
  const logs = homeFolder(home, 'logs');
  const log = openLogStore(logs);
  const engine = await openLocalEngine(await hostOf({ home, store, board, log, logs }));
  if (mode === 'up' && isOtherSession(home, session)) await engine.halt(orphanedWithinMs);
  replaceFile(sessionFile(home), session);
  board.begin();
  const spools = openSpoolReader(spoolFolder(home), { log, now: () => systemClock.now() });
  const close = await serve(peerOf(home, 'runner'), { ...engineRoutes(engine), ...routerRoutes(board) });
  tell('runner', { event: 'ready', pid: process.pid });
  const leave = async (): Promise<void> => {
    await close();
    await spools.close();
    await engine.close();
    await log.close();
    store.close();
    process.exit(0);
  };
  onStopAsked(() => void leave());
  if (mode === 'up') onParentGone(() => void endAll(engine, leave));
}

async function endAll(engine: Engine, leave: () => Promise<void>): Promise<void> {
  await engine.halt(orphanedWithinMs);
  await leave();
}

function routerRoutes(board: RouteBoard): Parameters<typeof serve>[1] {
  return {
    'GET /routes': { stream: ({ query, signal }) => board.follow(query.get('router') ?? '', signal) },
    'POST /routes/report': { answer: async ({ body }) => board.report(body as RouterReport) },
  };
}

interface Surroundings {
  readonly home: string;
  readonly store: Store;
  readonly board: RouteBoard;
  readonly log: ReturnType<typeof openLogStore>;
  readonly logs: string;
}

export async function hostOf({ home, store, board, log, logs }: Surroundings): Promise<Host> {
  const layers = await openLayers(
    homeFolder(home, 'layers'),
    await openArtifacts(homeFolder(home, 'artifacts')),
  );
  return {
    folder: homeFolder(home, 'engine'),
    name: createHash('sha256').update(home).digest('hex').slice(0, 12),
    clock: systemClock,
    randomName,
    random: Math.random,
    ports: portsOf(store, home),
    log: { ...log, read: (ownerId, options) => readLog(logs, ownerId, options) },
    traffic: board,
    person: (ownerId) => personOf(store, ownerId),
    layers: (spec, person) => layersOf(spec, { home, layers, person: isRoot() ? person : null }),
    environment: async (ref) => environmentFor(store, ref),
  };
}

/** As root each owner has a user id of its own, from a range that no distribution gives out; else all are the caller's. */
export function personOf(store: Store, ownerId: string): Person & { readonly kind: 'host' | 'self' } {
  if (!isRoot()) return { kind: 'self', uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const uid = store.userId(ownerId, { first: 70_000, last: 99_999 });
  return { kind: 'host', uid, gid: uid };
}

async function layersOf(
  spec: ProcessSpec,
  {
    home,
    layers,
    person,
  }: {
    readonly home: string;
    readonly layers: Awaited<ReturnType<typeof openLayers>>;
    readonly person: Person | null;
  },
): Promise<readonly string[]> {
  const owner = person === null ? {} : { owner: person };
  const slug = await Promise.all(spec.layers.map((digest) => layers.unpack(digest, owner)));
  return [...slug, ...(await runtimeFolders(home, spec.runtimes))];
}

function environmentFor(store: Store, ref: EnvironmentRef): Readonly<Record<string, string>> {
  const service = store.findService(ref.ownerId);
  if (service === null) return environmentOf(store, ref);
  const state = store.serviceState(service.id);
  const provider = providers.get(service.kind);
  return state === null || provider === undefined ? {} : provider.environment(state, ref.revision);
}

function isOtherSession(home: string, session: string): boolean {
  const file = sessionFile(home);
  return !existsSync(file) || readFileSync(file, 'utf8') !== session;
}

function sessionFile(home: string): string {
  return path.join(homeFolder(home, 'engine'), 'session');
}
