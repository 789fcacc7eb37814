/** The capability URLs that answers hold, and what each lets its holder read. */

import { userError } from '../../base/error.ts';
import type { App } from '../../factors/01-codebase/app.ts';
import type { LogQuery } from '../../factors/11-logs/log-query.ts';
import type { Capabilities } from './capability.ts';
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

export interface SourceLink {
  readonly sourceId: string;
}

export const sourcePath = '/dozen/v1/sources/';

export function sourceUrls(
  { capabilities, addresses }: ApiContext,
  link: SourceLink,
  origin: Origin,
): { readonly get: string; readonly put: string } {
  const urlFor = (purpose: 'source-get' | 'source-put'): string =>
    `${origin ?? addresses.api()}${sourcePath}${capabilities.grant(purpose, { ...link })}`;
  return { get: urlFor('source-get'), put: urlFor('source-put') };
}

/**
 * Of a `get_url` that this platform gave, by whatever name it was reached. Nothing is fetched from anywhere: a server that fetches what it
 * is told to can be told to fetch what only it can reach.
 * @throws SOURCE_URL_REFUSED, LINK_UNKNOWN, LINK_EXPIRED
 */
export function sourceIdIn(capabilities: Capabilities, url: string): string {
  const pathname = URL.parse(url)?.pathname ?? '';
  if (!pathname.startsWith(sourcePath)) {
    throw userError('SOURCE_URL_REFUSED', 'Cannot build from this URL: it is none of this platform', {
      hint: 'Ask for one with POST /sources, and send the source there',
    });
  }
  return (capabilities.claimsOf('source-get', pathname.slice(sourcePath.length)) as unknown as SourceLink)
    .sourceId;
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
