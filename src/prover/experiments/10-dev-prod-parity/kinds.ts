/** By which names services and their drivers go. */
import type { ServiceKind } from '../../../factors/10-dev-prod-parity/probe-services.ts';

/** Last parts of image names. */
const images: Readonly<Record<string, ServiceKind>> = {
  postgres: 'postgres',
  postgresql: 'postgres',
  postgis: 'postgres',
  pgvector: 'postgres',
  timescaledb: 'postgres',
  'timescaledb-ha': 'postgres',
  mysql: 'mysql',
  'mysql-server': 'mysql',
  percona: 'mysql',
  mariadb: 'mariadb',
  mongo: 'mongodb',
  mongodb: 'mongodb',
  'mongodb-community-server': 'mongodb',
  redis: 'redis',
  'redis-stack': 'redis',
  'redis-stack-server': 'redis',
  valkey: 'valkey',
  memcached: 'memcached',
  rabbitmq: 'rabbitmq',
  nats: 'nats',
  kafka: 'kafka',
  'cp-kafka': 'kafka',
  redpanda: 'kafka',
  elasticsearch: 'elasticsearch',
  opensearch: 'opensearch',
};

/** Images whose tag begins with a version that is not the service's. */
const versionElsewhere = new Set(['pgvector', 'timescaledb', 'timescaledb-ha']);

/** Plans of `app.json`, Heroku's and Dozen's. */
const plans: Readonly<Record<string, ServiceKind>> = {
  postgres: 'postgres',
  'heroku-postgresql': 'postgres',
  mysql: 'mysql',
  cleardb: 'mysql',
  jawsdb: 'mysql',
  'jawsdb-maria': 'mariadb',
  stackhero: 'mysql',
  redis: 'redis',
  'heroku-redis': 'redis',
  rediscloud: 'redis',
  memcachier: 'memcached',
  memcachedcloud: 'memcached',
  mongodb: 'mongodb',
  mongolab: 'mongodb',
  rabbitmq: 'rabbitmq',
  cloudamqp: 'rabbitmq',
  nats: 'nats',
  kafka: 'kafka',
  'heroku-kafka': 'kafka',
  bonsai: 'elasticsearch',
};

const drivers: Readonly<Record<string, readonly ServiceKind[]>> = {
  pg: ['postgres'],
  postgres: ['postgres'],
  'pg-promise': ['postgres'],
  'pg-native': ['postgres'],
  psycopg: ['postgres'],
  psycopg2: ['postgres'],
  'psycopg2-binary': ['postgres'],
  asyncpg: ['postgres'],
  mysql: ['mysql', 'mariadb'],
  mysql2: ['mysql', 'mariadb'],
  mariadb: ['mariadb', 'mysql'],
  mysqlclient: ['mysql', 'mariadb'],
  pymysql: ['mysql', 'mariadb'],
  aiomysql: ['mysql', 'mariadb'],
  trilogy: ['mysql', 'mariadb'],
  sqlite: ['sqlite'],
  sqlite3: ['sqlite'],
  'better-sqlite3': ['sqlite'],
  'sql.js': ['sqlite'],
  '@libsql/client': ['sqlite'],
  aiosqlite: ['sqlite'],
  mongodb: ['mongodb'],
  mongoose: ['mongodb'],
  pymongo: ['mongodb'],
  motor: ['mongodb'],
  mongo: ['mongodb'],
  mongoid: ['mongodb'],
  redis: ['redis', 'valkey'],
  ioredis: ['redis', 'valkey'],
  iovalkey: ['redis', 'valkey'],
  valkey: ['redis', 'valkey'],
  memcached: ['memcached'],
  memjs: ['memcached'],
  pymemcache: ['memcached'],
  dalli: ['memcached'],
  amqplib: ['rabbitmq'],
  'amqp-connection-manager': ['rabbitmq'],
  pika: ['rabbitmq'],
  bunny: ['rabbitmq'],
  nats: ['nats'],
  '@nats-io/transport-node': ['nats'],
  'nats-py': ['nats'],
  kafkajs: ['kafka'],
  'node-rdkafka': ['kafka'],
  'kafka-python': ['kafka'],
  '@elastic/elasticsearch': ['elasticsearch'],
  '@opensearch-project/opensearch': ['opensearch'],
};

export interface KindAndVersion {
  readonly kind: ServiceKind;
  /** Major; null: not told. */
  readonly version: string | null;
}

/** Of `registry/owner/name:tag@digest`; null: it is no service that is known. */
export function ofImage(image: string): KindAndVersion | null {
  const [bare = ''] = withDefaults(image).split('@', 1);
  const [, name = '', tag = ''] = /([^/:]+)(?::([^/:]+))?$/.exec(bare) ?? [];
  const kind = own(images, name.toLowerCase());
  if (kind === undefined) return null;
  return { kind, version: versionElsewhere.has(name) ? ofPgTag(tag) : major(tag) };
}

/** `pg16` in a tag. */
function ofPgTag(tag: string): string | null {
  return /\bpg(\d+)/.exec(tag)?.[1] ?? null;
}

function major(tag: string): string | null {
  return /^v?(\d{1,4})(?=[._-]|$)/.exec(tag)?.[1] ?? null;
}

/** Variables of compose files by what they are without a value. */
function withDefaults(text: string): string {
  return text.replaceAll(/\$\{\w+:?-([^}]*)\}/g, '$1');
}

/** Of `postgres:18`, or of Heroku's `heroku-postgresql:essential-0` with its option. */
export function ofPlan(plan: string, version: string | null): KindAndVersion | null {
  const [name = '', tag = ''] = plan.split(':', 2);
  const kind = own(plans, name);
  return kind === undefined ? null : { kind, version: major(version ?? '') ?? major(tag) };
}

export function spokenBy(driver: string): readonly ServiceKind[] {
  return own(drivers, driver.toLowerCase()) ?? [];
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
