/**
 * RabbitMQ for the check: servers in the chamber, a virtual host with a login of its own for each deploy.
 *
 * A server is one Erlang node. Its name and its port are told to it, so no `epmd` is started that would tell them to others: the node
 * answers on loopback those alone who have its cookie, which lies where no app can see it.
 */
import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RabbitmqPrograms, UserId } from '../chamber/job.ts';
import { Unobservable } from '../unobservable.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { askErlang, ErlangError, type ErlangNode, quoteBinary } from './erlang-node.ts';
import { isListenedAt } from './proc.ts';
import type { DatabaseServer, Service } from './service.ts';

export interface RabbitmqOptions {
  readonly bwrap: string;
  readonly programs: RabbitmqPrograms;
  /** Where the server's folder is made. */
  readonly folder: string;
  readonly user: UserId | null;
  readonly freePort: () => Promise<number>;
}

interface Naming {
  /** Of its folder. */
  readonly name: string;
  /** Whether it is to be stopped by experiments. */
  readonly own: boolean;
}

export async function startRabbitmq(
  options: RabbitmqOptions,
  { name, own }: Naming,
): Promise<DatabaseServer> {
  const { programs, user, freePort } = options;
  const folder = path.join(options.folder, name);
  makeHome(folder, user);
  const node = { call: programs.call, home: folder, port: await freePort(), user };
  const port = await freePort();
  const start = (): Promise<Daemon> => startServer(options, { node, port });
  let daemon = await start();
  // Whose password everybody knows.
  await carryOut(node, [`rabbit_auth_backend_internal:delete_user(<<"guest">>, ${actor})`]);
  const switchable = {
    down: () => daemon.stop('SIGTERM'),
    up: async () => {
      daemon = await start();
    },
  };
  return {
    port,
    own,
    database: (variable) => makeVirtualHost({ node, port, own, variable, ...switchable }),
    stop: () => daemon.stop('SIGKILL'),
  };
}

/** The cookie is read by nobody but the user: Erlang takes no other. */
function makeHome(folder: string, user: UserId | null): void {
  const cookie = path.join(folder, '.erlang.cookie');
  for (const each of [folder, pluginsIn(folder)]) mkdirSync(each, { recursive: true });
  writeFileSync(cookie, randomBytes(20).toString('hex'), { mode: 0o400 });
  if (user !== null) for (const each of [folder, cookie]) chownSync(each, user.uid, user.gid);
}

/** Empty: none is wanted, and to look through those that come with RabbitMQ takes it a second. */
function pluginsIn(home: string): string {
  return path.join(home, 'plugins');
}

interface Address {
  readonly node: ErlangNode;
  /** Where apps find it. */
  readonly port: number;
}

const nodeName = 'rabbit@localhost';

async function startServer(
  { bwrap, programs, user }: RabbitmqOptions,
  { node, port }: Address,
): Promise<Daemon> {
  const daemon = await startDaemon({
    bwrap,
    argv: [programs.server],
    env: {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      LANG: 'C.UTF-8',
      HOME: node.home,
      ERL_CRASH_DUMP_BYTES: '0',
      RABBITMQ_NODENAME: nodeName,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_MNESIA_BASE: path.join(node.home, 'data'),
      RABBITMQ_LOG_BASE: path.join(node.home, 'log'),
      RABBITMQ_LOGS: '-',
      RABBITMQ_LOG: 'warning',
      RABBITMQ_PLUGINS_DIR: pluginsIn(node.home),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: distribution(node.port),
    },
    reads: [],
    writes: node.home,
    user,
    isUp: async () => isListenedAt(port) && (await isRunning(node)),
  });
  // It would start `epmd` when it has run for a minute.
  await askErlang(node, 'supervisor:terminate_child(rabbit_sup, rabbit_epmd_monitor_sup)');
  return daemon;
}

/** RabbitMQ sets nothing of it up when the node has its name already. */
function distribution(port: number): string {
  const door = `-start_epmd false -erl_epmd_port ${port} -kernel inet_dist_use_interface {127,0,0,1}`;
  return `-sname ${nodeName} ${door}`;
}

/** It listens a moment before it is. */
async function isRunning(node: ErlangNode): Promise<boolean> {
  try {
    return (await askErlang(node, 'rabbit:is_running()')) === 'true';
  } catch (error) {
    if (error instanceof ErlangError && error.isAway) return false;
    throw error;
  }
}

/** Who did it, in the server's log. */
const actor = quoteBinary('check');

interface Making extends Address, Pick<Service, 'down' | 'up' | 'variable' | 'own'> {}

async function makeVirtualHost({ node, port, own, variable, down, up }: Making): Promise<Service> {
  const name = `d${randomBytes(4).toString('hex')}`;
  const password = randomBytes(16).toString('hex');
  const [host, everything] = [quoteBinary(name), quoteBinary('.*')];
  await carryOut(node, [
    `rabbit_vhost:add(${host}, ${actor})`,
    `rabbit_auth_backend_internal:add_user(${host}, ${quoteBinary(password)}, ${actor})`,
    `rabbit_auth_backend_internal:set_permissions(${host}, ${host}, ${everything}, ${everything}, ${everything}, ${actor})`,
  ]);
  return {
    kind: 'rabbitmq',
    variable,
    url: `amqp://${name}:${password}@127.0.0.1:${port}/${name}`,
    port,
    own,
    connections: () => countConnections(node, host),
    down,
    up,
    lock: () => Promise.reject(new Unobservable('RabbitMQ has no tables to lock')),
    stop: () =>
      carryOut(node, [
        `rabbit_auth_backend_internal:delete_user(${host}, ${actor})`,
        `rabbit_vhost:delete(${host}, ${actor})`,
      ]),
  };
}

/** One after the other; each says `ok`. @throws ErlangError */
async function carryOut(node: ErlangNode, steps: readonly string[]): Promise<void> {
  await askErlang(node, steps.map((step) => `ok = ${step}`).join(', '));
}

/** Of those who have logged in. */
async function countConnections(node: ErlangNode, user: string): Promise<number> {
  const of = `[one || [{user, User}] <- rabbit_networking:connection_info_all([user]), User =:= ${user}]`;
  const count = await askErlang(node, `length(${of})`);
  if (!/^\d+$/.test(count)) throw new TypeError('RabbitMQ did not say how many connections it has');
  return Number(count);
}
