/**
 * Somebody else's service: a URL that a person gave. It is attached and detached like any other; nothing of it is started,
 * changed or destroyed, and nobody connects to it but the apps. Its state is the URL.
 */
import { userError } from '../../base/error.ts';
import type { Secret } from '../../factors/03-config/secret.ts';
import type { Service } from '../../factors/04-backing-services/service.ts';
import type { ServiceHost, ServiceProvider } from '../provider.ts';

export const urlProvider: ServiceProvider = {
  kind: 'url',
  versions: [],
  variable: 'SERVICE_URL',
  create: async (_service, host) => void requireUrl(host),
  processes: () => [],
  environment: () => ({}),
  attach: async (_service, host) => requireUrl(host),
  // Only its operator can take back a credential: what goes is the variable.
  detach: async () => undefined,
  detachOthers: async () => undefined,
  rotate: async (service) => refuse(service, 'rotate its credential'),
  backup: async (service) => refuse(service, 'back it up'),
  restore: async (service) => refuse(service, 'restore it'),
  destroy: async () => undefined,
  check: async (_service, host) => void requireUrl(host),
};

function refuse({ name }: Service, what: string): never {
  throw userError(
    'SERVICE_NOT_MANAGED',
    `Cannot ${what}: ${name} is somebody else's, known by its URL only`,
    {
      hint: `Do it where its operator lets you; a new URL is given with dozen services set-url ${name}`,
    },
  );
}

/** The complaint never shows the URL: it holds a password. @throws SERVICE_URL_INVALID */
function requireUrl({ state }: ServiceHost): Secret {
  const fault = state === null ? 'none was given' : faultOf(state.reveal());
  if (state !== null && fault === null) return state;
  throw userError('SERVICE_URL_INVALID', `Cannot use a service by its URL: ${fault}`, {
    hint: 'Give the URL as its operator writes it, such as postgres://user:password@host:5432/name',
  });
}

/** `scheme://user:password@host:port,host:port/…`: several hosts, which a URL cannot have, are common for databases. */
const form = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([/?#].*)?$/i;

function faultOf(url: string): string | null {
  if (/[\s\u0000-\u001f\u007f]/.test(url)) return 'it has white space or control characters';
  const [, scheme, authority = '', rest = ''] = form.exec(url) ?? [];
  if (scheme === undefined) return 'it does not begin with a scheme such as postgres://';
  const at = authority.lastIndexOf('@') + 1;
  const [user, hosts] = [authority.slice(0, at), authority.slice(at).split(',')];
  if (!hosts.every((host) => URL.canParse(`${scheme}://${user}${host}${rest}`)))
    return 'its user, hosts or path cannot be parsed; encode special characters of a password with %';
  return null;
}
