/**
 * The only reader of the environment. Each program parses what it needs once, before anything starts;
 * a variable that is missing or wrong ends it with one line that says which, and never what it held.
 */
import { type Level, levels } from './log.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Config {
  readonly databaseUrl: string;
  readonly logLevel: Level;
}

export interface WebConfig extends Config {
  readonly port: number;
  readonly title: string;
}

export interface WorkerConfig extends Config {
  readonly stampDelayMs: number;
}

export interface PruneConfig extends Config {
  readonly retentionDays: number;
}

export const webConfig = (env: Environment): WebConfig => ({
  ...config(env),
  port: integer(env, 'PORT', { least: 0, most: 65_535 }),
  title: env.GUESTBOOK_TITLE || 'Guestbook',
});

export const workerConfig = (env: Environment): WorkerConfig => ({
  ...config(env),
  stampDelayMs: integer(env, 'STAMP_DELAY_MS', { least: 0, most: 60_000, otherwise: 1000 }),
});

export const pruneConfig = (env: Environment): PruneConfig => ({
  ...config(env),
  retentionDays: integer(env, 'RETENTION_DAYS', { least: 1, most: 36_500, otherwise: 90 }),
});

export const config = (env: Environment): Config => ({
  databaseUrl: databaseUrl(env),
  logLevel: logLevel(env),
});

export const fromEnvironment = <T>(parse: (env: Environment) => T): T => {
  try {
    return parse(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
};

export class ConfigError extends Error {}

const databaseUrl = (env: Environment): string => {
  const value = required(env, 'DATABASE_URL');
  const protocol = URL.canParse(value) ? new URL(value).protocol : '';
  if (protocol === 'postgres:' || protocol === 'postgresql:') return value;
  throw new ConfigError('Cannot use DATABASE_URL: it must be postgres://USER:PASSWORD@HOST:PORT/NAME');
};

const logLevel = (env: Environment): Level => {
  const value = env.LOG_LEVEL || 'info';
  const level = levels.find((known) => known === value);
  if (level) return level;
  throw new ConfigError(`Cannot use LOG_LEVEL: it must be one of ${levels.join(', ')}`);
};

interface Range {
  readonly least: number;
  readonly most: number;
  /** The number when the variable is not set; without it the variable is required. */
  readonly otherwise?: number;
}

const integer = (env: Environment, name: string, { least, most, otherwise }: Range): number => {
  if (!env[name] && otherwise !== undefined) return otherwise;
  const value = required(env, name);
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= least && number <= most) return number;
  throw new ConfigError(`Cannot use ${name}: it must be a whole number from ${least} to ${most}`);
};

const required = (env: Environment, name: string): string => {
  const value = env[name];
  if (value) return value;
  throw new ConfigError(`Cannot start: the environment variable ${name} is not set`);
};
