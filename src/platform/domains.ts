/** Hosts of an app's own, beside the one the platform gives it. */
import { userError } from '../base/error.ts';
import type { App } from '../factors/01-codebase/app.ts';
import { type Domain, parseHostname } from '../factors/07-port-binding/domain.ts';
import type { Platform } from './platform.ts';

/** @throws DOMAIN_INVALID, DOMAIN_RESERVED, DOMAIN_TAKEN */
export function addDomain({ store, hostsOf }: Platform, app: App, text: string): Domain {
  const hostname = parseHostname(text);
  for (const host of hostsOf(app.name)) refuseUnder(host.slice(host.indexOf('.') + 1), hostname);
  return store.addDomain(app.id, hostname);
}

/** Names there are given by the platform, to apps that are yet to be made as well. */
function refuseUnder(own: string, hostname: string): void {
  if (hostname !== own && !hostname.endsWith(`.${own}`)) return;
  throw userError(
    'DOMAIN_RESERVED',
    `Cannot add domain ${JSON.stringify(hostname)}: names under ${own} are given by the platform`,
    { hint: 'Name the app so: dozen apps rename NAME; or add a domain of your own' },
  );
}
