/**
 * The parent: holds the home, starts the roles, starts again what dies, and ends them.
 *
 * ```
 * parent ──► runner, control, router ×2        each on a leash: its standard input ends when the parent does
 *    stop:   runner halts apps and services ──► routers, control, runner are told to end
 *    leave:  routers, control, runner are told to end; what they run runs on
 *    killed: `up`: each role ends by itself, the runner with everything it runs
 *            `server`: the roles go on, until the next parent puts its own in their place
 * ```
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { callJson, type Peer } from '../api/socket-call.ts';
import { DozenError, userError } from '../base/error.ts';
import { openHome } from '../store/home.ts';
import { prepareHomeStore } from './home-store.ts';
import { makeToken, peerOf } from './paths.ts';
import { endRoles } from './predecessors.ts';
import { RoleProcess } from './role-process.ts';
import { registeredRoles } from './role-register.ts';
import { randomName, systemClock } from './system.ts';

export interface ParentOptions {
  readonly home: string;
  /** How the home's lock names the holder, e.g. `dozen up`. */
  readonly command: string;
  /** `up`: everything ends with the parent. `server`: the roles and what they run go on without it. */
  readonly mode: 'up' | 'server';
  /** Where the routers listen; port 0: a free one. */
  readonly router: Listening;
  readonly api: Listening;
  /** What the roles say of themselves, a line of JSON each. */
  readonly onLine: (line: string) => void;
}

export interface Listening {
  readonly host: string;
  readonly port: number;
}

export interface RunningPlatform {
  readonly control: Peer;
  readonly port: number;
  readonly apiPort: number;
  /** Drains and stops everything. Called a second time, it kills instead. */
  stop(withinMs: number): Promise<void>;
  /** Ends the platform's own processes; what they run runs on, and the next platform takes it up. */
  leave(): Promise<void>;
}

export async function startPlatform(options: ParentOptions): Promise<RunningPlatform> {
  const { home, mode } = options;
  const held = openHome(home, { command: options.command, clock: systemClock });
  try {
    prepareHomeStore(home);
    const before = registeredRoles(home);
    const isRouter = ({ name }: { readonly name: string }): boolean => name === 'router';
    // The routers before serve until there are new ones.
    await endRoles(before.filter((role) => !isRouter(role)));
    makeToken(home);
    const port = await portFor(options.router, before.find(isRouter)?.port);
    const apiPort = await portFor(options.api);
    const { host } = options.router;
    const roles = [
      new RoleProcess('runner', [home, mode, randomName()], options),
      new RoleProcess('control', [home, mode, String(port), options.api.host, String(apiPort)], options),
      new RoleProcess('router', [home, mode, host, String(port)], options),
      new RoleProcess('router', [home, mode, host, String(port)], options),
    ];
    const stop = (withinMs: number): Promise<void> => stopAll(roles, { home, withinMs });
    try {
      await Promise.all(roles.map((role) => role.start()));
    } catch (error) {
      await (mode === 'up' ? stop(0) : leaveAll(roles));
      throw error;
    }
    await endRoles(before.filter(isRouter));
    return {
      control: peerOf(home, 'control'),
      port,
      apiPort,
      async stop(withinMs) {
        await stop(withinMs);
        held.close();
      },
      async leave() {
        await leaveAll(roles);
        held.close();
      },
    };
  } catch (error) {
    held.close();
    throw error;
  }
}

const rolesLeaveWithinMs = 6_000;

async function stopAll(
  roles: readonly RoleProcess[],
  { home, withinMs }: { readonly home: string; readonly withinMs: number },
): Promise<void> {
  try {
    await callJson(peerOf(home, 'runner'), { method: 'POST', path: `/halt?within=${withinMs}` });
  } catch (error) {
    // A runner that is not there ends what it runs when its leash is let go, or the next one does.
    if (!(error instanceof DozenError && error.code === 'PEER_AWAY')) throw error;
  }
  await Promise.all(roles.map((role) => role.stop(withinMs === 0 ? 0 : rolesLeaveWithinMs)));
}

async function leaveAll(roles: readonly RoleProcess[]): Promise<void> {
  await Promise.all(roles.map((role) => role.stop(rolesLeaveWithinMs)));
}

/** The port of routers that are there already is shared with them. */
async function portFor({ host, port }: Listening, shared?: number): Promise<number> {
  if (shared !== undefined && (port === 0 || port === shared)) return shared;
  return freePort(host, port);
}

/** Listens for a moment without sharing: with SO_REUSEPORT two platforms of one user could have the same port unnoticed. */
async function freePort(host: string, wanted: number): Promise<number> {
  const server = createServer();
  server.listen({ host, port: wanted, exclusive: true });
  try {
    await once(server, 'listening');
  } catch (error) {
    if (
      (error as NodeJS.ErrnoException).code !== 'EADDRINUSE' &&
      (error as NodeJS.ErrnoException).code !== 'EACCES'
    )
      throw error;
    throw userError(
      'PORT_TAKEN',
      `Cannot listen on ${host}:${wanted}: ${(error as NodeJS.ErrnoException).code === 'EACCES' ? 'only root may' : 'another program does'}`,
      {
        hint: 'Choose another, or leave it out for a free one (--port for the router, --api-port for the API)',
        cause: error,
      },
    );
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : wanted;
}
