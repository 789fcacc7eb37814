/** The `router`: takes requests to ready processes. It knows no more than the last table it was given, and keeps that. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { callJson, callStream } from '../api/socket-call.ts';
import { DozenError } from '../base/error.ts';
import type { RouteTable } from '../factors/07-port-binding/route.ts';
import { connectionLog } from '../router/connection-log.ts';
import { startRouter } from '../router/http-router.ts';
import { requestLog } from '../router/request-log.ts';
import { defaultTimeouts, type Router } from '../router/router.ts';
import { openSpool } from '../router/spool.ts';
import { replaceFile } from '../store/durable-file.ts';
import { onParentGone, onStopAsked, tell } from './leash.ts';
import { peerOf, routesFile, spoolFolder } from './paths.ts';
import { isRoot, randomName, systemClock } from './system.ts';

const askAgainMs = 50;
const leaveWithinMs = 5_000;

export interface RouterRoleOptions {
  readonly home: string;
  /** `up`: it ends with its parent. */
  readonly mode: 'up' | 'server';
  readonly host: string;
  readonly port: number;
}

export async function startRouterRole({ home, mode, host, port }: RouterRoleOptions): Promise<void> {
  letMigrate();
  const name = `router-${process.pid}-${randomName()}`;
  const spool = await openSpool(path.join(spoolFolder(home), name));
  const router = await startRouter({
    host,
    port,
    shared: true,
    timeouts: defaultTimeouts,
    onRequest: (line) => spool.write(line.appId, line.at, requestLog(line)),
    onConnection: (line) => spool.write(line.appId, line.at, connectionLog(line)),
  });
  const last = readRoutes(home);
  if (last !== null) router.apply(last);
  const leaving = new AbortController();
  const leave = async (): Promise<void> => {
    leaving.abort();
    await router.close(leaveWithinMs);
    await spool.close();
    process.exit(0);
  };
  onStopAsked(() => void leave());
  if (mode === 'up') onParentGone(() => void leave());
  tell('router', { event: 'ready', pid: process.pid, port: router.address.port });
  await followRoutes(router, { home, name, signal: leaving.signal });
}

const migrate = '/proc/sys/net/ipv4/tcp_migrate_req';

/**
 * Lets the kernel hand connections that wait for a router which closes to the other one on its port, instead of resetting them.
 * Only root may say so.
 */
function letMigrate(): void {
  if (isRoot() && existsSync(migrate)) writeFileSync(migrate, '1');
}

interface Following {
  readonly home: string;
  readonly name: string;
  readonly signal: AbortSignal;
}

/** A runner that is away changes nothing: the routes stay, and it is asked again. */
async function followRoutes(router: Router, following: Following): Promise<void> {
  const { home, name, signal } = following;
  let known: RouteTable | null = null;
  while (!signal.aborted) {
    try {
      for await (const table of callStream<RouteTable>(peerOf(home, 'runner'), {
        method: 'GET',
        path: `/routes?router=${name}`,
        signal,
      })) {
        router.apply(table);
        const gone = instancesOf(known).filter((instance) => !instancesOf(table).includes(instance));
        known = table;
        replaceFile(routesFile(home), JSON.stringify(table));
        void report(router, { ...following, table, gone });
      }
    } catch (error) {
      if (!isAway(error)) throw error;
    }
    if (!signal.aborted) await systemClock.sleep(askAgainMs);
  }
}

/** That the table is applied, and once more when the last request to those that left is over. */
async function report(
  router: Router,
  {
    home,
    name,
    table,
    gone,
    signal,
  }: Following & { readonly table: RouteTable; readonly gone: readonly string[] },
): Promise<void> {
  const send = async (busy: readonly string[]): Promise<void> => {
    try {
      await callJson(peerOf(home, 'runner'), {
        method: 'POST',
        path: '/routes/report',
        body: { router: name, version: table.version, busy },
      });
    } catch (error) {
      if (!isAway(error)) throw error;
    }
  };
  const busy = gone.filter((instance) => router.busy(instance) > 0);
  await send(busy);
  if (busy.length === 0) return;
  await router.idle(busy, signal);
  await send([]);
}

function instancesOf(table: RouteTable | null): string[] {
  const named = [...(table?.routes ?? []), ...(table?.ports ?? [])];
  return named.flatMap(({ endpoints }) => endpoints.map(({ instance }) => instance));
}

function readRoutes(home: string): RouteTable | null {
  const file = routesFile(home);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as RouteTable) : null;
}

function isAway(error: unknown): boolean {
  return error instanceof DozenError && error.code === 'PEER_AWAY';
}
