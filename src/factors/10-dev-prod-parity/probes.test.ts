import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Evidence, factorOf, type Judgement } from '../law.ts';
import { startsWithTheSameCommand } from './probe-commands.ts';
import {
  type Driver,
  type NamedService,
  namesTheSameKindsOfServices,
  namesTheSameVersionsOfServices,
  type ServiceKind,
  type Stage,
  usesOneKindOfDatabase,
} from './probe-services.ts';
import { probes } from './probes.ts';

const at = (file: string): Evidence => ({ kind: 'source', file, line: 1, text: file });
const told = ({ outcome, because }: Judgement): string => `${outcome}: ${because}`;

/** `postgres:18` in `development`. */
const service = (stage: Stage, name: string): NamedService => {
  const [kind = '', version = null] = name.split(':');
  return { kind: kind as ServiceKind, version, stage, at: at(`${stage}/${name}`) };
};

const driver = (name: string, ...speaks: ServiceKind[]): Driver => ({ name, speaks, at: at(name) });

const facts = (
  named: readonly NamedService[],
  drivers: readonly Driver[] = [],
  unread: readonly string[] = [],
) => ({
  named,
  drivers,
  unread,
});

test('probes of parity are its own, and no two share an id', () => {
  assert.equal(new Set(probes.map(({ id }) => id)).size, probes.length);
  for (const { id } of probes) assert.equal(factorOf(id), 'dev-prod-parity');
});

test('kinds differ when two places each name one of a family that the other does not', () => {
  const judge = (...parameters: Parameters<typeof facts>): string =>
    told(namesTheSameKindsOfServices.judge(facts(...parameters)));
  const none = 'not-applicable: No service is named in two places that could differ';
  assert.equal(judge([]), none);
  assert.equal(judge([service('development', 'postgres')]), none);
  assert.equal(judge([service('development', 'postgres'), service('production', 'redis')]), none);
  assert.equal(
    judge([service('development', 'postgres'), service('production', 'postgres')]),
    'holds: Every place that names such a service names the same: postgres',
  );
  assert.equal(
    judge([
      service('development', 'postgres'),
      service('development', 'mongodb'),
      service('tests', 'postgres'),
    ]),
    'holds: Every place that names such a service names the same: postgres, mongodb',
    'what only one place names is no difference',
  );
  assert.equal(
    judge([service('development', 'mysql'), service('production', 'postgres'), service('tests', 'redis')]),
    'broken: mysql for development, postgres for production',
  );
  assert.equal(
    judge([service('development', 'postgres')], [], ['compose.yaml']),
    'unproven: Services that compose.yaml may name cannot be read',
  );
});

test('a driver that cannot speak with what is named is a difference, one of several that can is none', () => {
  const pg = driver('pg', 'postgres');
  const mysql2 = driver('mysql2', 'mysql', 'mariadb');
  const judge = (...parameters: Parameters<typeof facts>): Judgement =>
    namesTheSameKindsOfServices.judge(facts(...parameters));
  assert.equal(judge([service('development', 'mariadb')], [mysql2]).outcome, 'holds');
  assert.equal(judge([service('production', 'postgres')], [mysql2, pg]).outcome, 'holds');
  const judged = judge([service('development', 'mysql')], [pg]);
  assert.equal(told(judged), 'broken: mysql for development, and pg as the only driver');
  assert.deepEqual(judged.evidence, [at('development/mysql'), at('pg')]);
});

test('versions differ when two places have none in common, and are unproven when one says none', () => {
  const judge = (...named: readonly NamedService[]): string =>
    told(namesTheSameVersionsOfServices.judge(facts(named)));
  assert.equal(
    judge(service('development', 'postgres:18'), service('tests', 'redis:7')),
    'not-applicable: No kind of service is named for two of development, tests and production',
  );
  assert.equal(
    judge(service('development', 'postgres:13'), service('production', 'postgres:18')),
    'broken: postgres 13 for development, postgres 18 for production',
  );
  assert.equal(
    judge(
      service('tests', 'postgres:17'),
      service('tests', 'postgres:18'),
      service('production', 'postgres:18'),
    ),
    'holds: Every place names the same: postgres 17, postgres 18',
    'tests that run against several have the one of production among them',
  );
  assert.equal(
    judge(service('development', 'postgres'), service('production', 'postgres:18')),
    'unproven: postgres is named for development without a version to compare',
  );
});

test('SQLite beside a database server is broken, each alone is one kind', () => {
  const judge = (...drivers: Driver[]): string => told(usesOneKindOfDatabase.judge(facts([], drivers)));
  const pg = driver('pg', 'postgres');
  const sqlite = driver('sqlite3', 'sqlite');
  assert.equal(
    judge(driver('redis', 'redis')),
    'not-applicable: No driver of a relational database is declared',
  );
  assert.equal(judge(pg), 'holds: One kind is declared: pg');
  assert.equal(judge(sqlite), 'holds: One kind is declared: sqlite3');
  assert.equal(judge(pg, sqlite), 'broken: Drivers of SQLite (sqlite3) and of a server (pg) are declared');
});

test('commands are the same when they start the same program', () => {
  const pair = (production: string | null, other: string | null) => ({
    type: 'web',
    production: { command: `run ${production}`, program: production, at: at('Procfile') },
    other: { command: `dev ${other}`, program: other, at: at('Procfile.dev') },
  });
  const judge = (...pairs: ReturnType<typeof pair>[]): string =>
    told(startsWithTheSameCommand.judge({ pairs }));
  assert.equal(judge(), 'not-applicable: Only one place says how each process type is started');
  assert.equal(judge(pair('node a', 'node a')), 'holds: web starts node a wherever it is named');
  assert.equal(
    judge(pair('node a', null), pair('node a', 'node b')),
    'broken: web is "run node a" in production and "dev node b" elsewhere',
  );
  assert.equal(
    judge(pair('node a', null)),
    'unproven: It cannot be told which program is started by "dev null"',
  );
});
