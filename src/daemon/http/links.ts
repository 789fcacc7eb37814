/** The capability URLs that answers hold, and what each lets its holder read. */
import type { App } from '../../factors/01-codebase/app.ts';
import type { LogQuery } from '../../factors/11-logs/log-query.ts';
import type { ApiContext } from './context.ts';

/** Where the caller reached the API, e.g. `http://127.0.0.1:5000`; null over the unix socket. */
export type Origin = string | null;

export interface LogLink {
  readonly appId: string;
  readonly query: LogQuery;
  readonly tail: boolean;
}

export function logUrl(context: ApiContext, link: LogLink, origin: Origin): string {
  return urlOf(context, `log/${context.capabilities.grant('log', { ...link })}`, origin);
}

export interface BuildLink {
  readonly appId: string;
  readonly buildId: string;
}

export function buildOutputUrl(context: ApiContext, link: BuildLink, origin: Origin): string {
  return urlOf(context, `build/${context.capabilities.grant('build-output', { ...link })}`, origin);
}

export interface ReleaseLink {
  readonly appId: string;
  readonly version: number;
}

export function releaseOutputUrl(
  context: ApiContext,
  { app, version, origin }: { readonly app: App; readonly version: number; readonly origin: Origin },
): string {
  const link: ReleaseLink = { appId: app.id, version };
  return urlOf(context, `release/${context.capabilities.grant('release-output', { ...link })}`, origin);
}

/** Where a client attaches to a run that waits for it: over TLS, at the port of the API itself. */
export function attachUrl({ addresses }: ApiContext, capability: string, origin: Origin): string {
  const { protocol, hostname, port } = new URL(origin ?? addresses.api());
  const named = port === '' ? (protocol === 'https:' ? 443 : 80) : port;
  return `rendezvous://${hostname}:${named}/${capability}`;
}

function urlOf({ addresses }: ApiContext, rest: string, origin: Origin): string {
  return `${origin ?? addresses.api()}/dozen/v1/streams/${rest}`;
}
