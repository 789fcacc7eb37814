/** The providers of backing services of this platform, by kind, and the programs they bring. */
import { postgresProvider } from '../services/postgres/postgres.ts';
import { makePostgresRuntime } from '../services/postgres/runtime.ts';
import type { ServiceProvider } from '../services/provider.ts';
import { redisProvider } from '../services/redis/redis.ts';
import { urlProvider } from '../services/url/url.ts';

export const providers: ReadonlyMap<string, ServiceProvider> = new Map(
  [postgresProvider, redisProvider, urlProvider].map((provider) => [provider.kind, provider]),
);

/** Makes the root-shaped folder of a service's programs under `folder` if it is not there, and names it. */
export const serviceRuntimes: ReadonlyMap<string, (folder: string, version: string) => Promise<string>> =
  new Map([['postgres', makePostgresRuntime]]);
