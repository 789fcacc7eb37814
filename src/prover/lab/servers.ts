/** The servers of backing services: one shared for each kind where it can hold several deploys, others of a deploy's own. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { ChamberJob } from '../chamber/job.ts';
import type { DeclaredService } from '../subject.ts';
import { type MariadbOptions, startMariadb } from './mariadb.ts';
import { makeMariadbModel } from './mariadb-model.ts';
import { memoryMount } from './mount.ts';
import { startNats } from './nats.ts';
import { startPostgres } from './postgres.ts';
import { startRabbitmq } from './rabbitmq.ts';
import { startRedis } from './redis.ts';
import { serverPrograms, unknownKind } from './server-programs.ts';
import type { DatabaseServer, Service } from './service.ts';

export interface Servers {
  /**
   * A service as the app declared it; null where it is of a kind that is not started and the scenario gives its variable a value.
   * @throws Unobservable when its server is missing
   */
  provide(declared: DeclaredService, options: { readonly own: boolean }): Promise<Service | null>;
  stop(): Promise<void>;
}

/** Of all servers: files on disk would cost their removal. */
const memory = { size: '2g', files: 100_000 };

interface Opening {
  readonly job: ChamberJob;
  readonly freePort: () => Promise<number>;
}

interface Starting {
  /** Of its folder. */
  readonly name: string;
  readonly own: boolean;
}

type StartDatabases = (starting: Starting) => Promise<DatabaseServer>;

export function openServers({ job, freePort }: Opening): Servers {
  const folder = path.join(job.folder, 'services');
  mkdirSync(folder, { recursive: true });
  memoryMount(folder, memory);
  const programs = serverPrograms(job.programs);
  const { user } = job;
  const shared = new Map<string, Promise<DatabaseServer>>();
  const running: (() => Promise<void>)[] = [];
  let model: Promise<string> | null = null;
  let count = 0;

  const startPostgresServer: StartDatabases = (starting) => {
    const place = { folder: path.join(folder, 'postgres'), model: job.cluster };
    const options = { bwrap: programs.wall(), programs: programs.postgres(), ...place, user, freePort };
    return startPostgres(options, starting);
  };

  const startMysqlServer: StartDatabases = async (starting) => {
    const options: MariadbOptions = {
      bwrap: programs.wall(),
      programs: programs.mariadb(),
      folder,
      user,
      freePort,
    };
    model ??= makeMariadbModel(options);
    return startMariadb(options, { ...starting, model: await model });
  };

  const startRabbitmqServer: StartDatabases = (starting) => {
    const [bwrap, found] = [programs.wall(), programs.rabbitmq()];
    return startRabbitmq({ bwrap, programs: found, folder, user, freePort }, starting);
  };

  const database = async (start: StartDatabases, { name, own, kind, variable }: Wanted): Promise<Service> => {
    if (own) {
      const server = await start({ name, own });
      running.push(() => server.stop());
      return server.database(variable);
    }
    const common = shared.get(kind) ?? start({ name: `shared-${kind}`, own });
    shared.set(kind, common);
    return (await common).database(variable);
  };

  const alone = async (started: Promise<Service>): Promise<Service> => {
    const service = await started;
    running.push(() => service.stop());
    return service;
  };

  const provide: Servers['provide'] = async (declared, { own }) => {
    count += 1;
    const { kind, variable } = declared;
    const wanted = { name: `server-${count}`, own, kind, variable };
    const place = { folder: path.join(folder, wanted.name), user, variable };
    switch (kind) {
      case 'postgres':
        return database(startPostgresServer, wanted);
      case 'mysql':
        return database(startMysqlServer, wanted);
      case 'rabbitmq':
        return database(startRabbitmqServer, wanted);
      case 'redis': {
        const [bwrap, program] = [programs.wall(), programs.redis()];
        return alone(startRedis({ bwrap, program, ...place, port: await freePort() }));
      }
      case 'nats': {
        const [bwrap, program] = [programs.wall(), programs.nats()];
        const ports = { port: await freePort(), monitorPort: await freePort() };
        return alone(startNats({ bwrap, program, ...place, ...ports }));
      }
      default:
        if (isGiven(job, variable)) return null;
        throw unknownKind(declared);
    }
  };

  return {
    provide,
    stop: async () => {
      // One that never came up has been told of where it was asked for.
      const common = await Promise.allSettled(shared.values());
      const up = common.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      await Promise.all([...up.map((server) => server.stop()), ...running.map((stop) => stop())]);
    },
  };
}

function isGiven({ subject, secrets }: ChamberJob, variable: string): boolean {
  return Object.hasOwn(subject.scenario.env, variable) || Object.hasOwn(secrets, variable);
}

interface Wanted extends Starting {
  readonly kind: string;
  readonly variable: string;
}
