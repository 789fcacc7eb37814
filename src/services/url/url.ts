/**
 * Somebody else's service: a URL that a person gave. It is attached and detached like any other; nothing of it is started,
 * changed or destroyed. Its state is the URL.
 */
import { userError } from '../../base/error.ts';
import { Secret } from '../../factors/03-config/secret.ts';
import type { ServiceHost, ServiceProvider } from '../provider.ts';

export const urlProvider: ServiceProvider = {
  kind: 'url',
  versions: [],
  variable: 'SERVICE_URL',
  create: async (_service, host) => void requireUrl(host),
  processes: () => [],
  environment: () => ({}),
  attach: async (_service, host) => requireUrl(host),
  detach: async () => undefined,
  destroy: async () => undefined,
  check: async (_service, host) => void requireUrl(host),
};

/** The complaint never shows the URL: it holds a password. */
function requireUrl({ state }: ServiceHost): Secret {
  const text = state?.reveal() ?? '';
  if (/^[a-z][a-z0-9+.-]*:\/\/[^\s\u0000-\u001f\u007f]+$/i.test(text) && URL.canParse(text))
    return new Secret(text);
  throw userError(
    'SERVICE_URL_INVALID',
    'Cannot use a service by URL: what was given is not a URL such as postgres://user:password@host:5432/name',
    {
      hint: 'Set its variable in an env file to the URL its operator gave you: dozen up --env-file .env',
    },
  );
}
