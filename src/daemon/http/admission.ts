/**
 * Who may call. A token is shown as a bearer, or as the password of Basic for clients that know nothing else (git); the store
 * knows its digest alone. The operator is whoever can read the token in `DOZEN_HOME/run`, which is new at each start.
 *
 * A browser is kept out by two checks that need no token: a page elsewhere cannot name this host (DNS rebinding), and says
 * where it comes from.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Need } from '../../api/routes/route.ts';
import { type DozenError, userError } from '../../base/error.ts';
import type { Account, Scope } from '../../factors/account.ts';
import type { Store } from '../../store/store.ts';

export interface Caller {
  readonly account: Account;
  readonly scopes: readonly Scope[];
  /** Null for the operator, who shows no kept token. */
  readonly authorizationId: string | null;
}

export interface Admission {
  /** @throws TOKEN_REFUSED */
  callerOf(headers: IncomingHttpHeaders): Caller;
  /** @throws HOST_REFUSED, ORIGIN_REFUSED */
  checkOrigin(headers: IncomingHttpHeaders): void;
}

export interface AdmissionOptions {
  readonly store: Store;
  readonly operator: { readonly account: Account; readonly token: string };
  /** Names the API is reached by, beside loopback's. */
  readonly hosts: readonly string[];
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

export function openAdmission({ store, operator, hosts }: AdmissionOptions): Admission {
  const operatorDigest = digestOf(operator.token);
  const known = new Set([...loopback, ...hosts.map((host) => host.toLowerCase())]);
  return {
    callerOf(headers) {
      const token = tokenIn(headers.authorization);
      if (token === null) throw refused('no token was given');
      const digest = digestOf(token);
      if (timingSafeEqual(Buffer.from(digest), Buffer.from(operatorDigest)))
        return { account: operator.account, scopes: ['global'], authorizationId: null };
      const found = store.findAuthorizationByDigest(digest);
      const account = found === null ? null : store.findAccount(found.accountId);
      if (found === null || account === null)
        throw refused('the token is not known, was revoked or has expired');
      store.touchAuthorization(found.id);
      return { account, scopes: found.scopes, authorizationId: found.id };
    },
    checkOrigin({ host = '', origin }) {
      const name = hostnameOf(`http://${host}`);
      if (!known.has(name)) throw hostRefused(name);
      if (origin !== undefined && hostnameOf(origin) !== name) throw originRefused(origin);
    },
  };
}

/** Hexadecimal SHA-256: tokens are random, nothing slower is needed. */
export function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

const read: readonly Scope[] = ['global', 'read', 'write', 'read-protected', 'write-protected'];
const write: readonly Scope[] = ['global', 'write', 'write-protected'];
const suffices: Readonly<Record<Need, readonly Scope[]>> = {
  identity: ['identity', ...read],
  read,
  write,
  'read-protected': ['global', 'read-protected', 'write-protected'],
  'write-protected': ['global', 'write-protected'],
};

/** @throws SCOPE_MISSING */
export function checkScope({ scopes }: Caller, need: Need): void {
  if (scopes.some((scope) => suffices[need].includes(scope))) return;
  throw userError(
    'SCOPE_MISSING',
    `Cannot do this: the token is good for ${scopes.join(', ') || 'nothing'} alone`,
    {
      hint: `Make one that may with dozen tokens create --scope ${need}`,
    },
  );
}

function tokenIn(authorization: string | undefined): string | null {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(authorization ?? '') ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return value;
    case 'basic': {
      const pair = Buffer.from(value, 'base64').toString();
      return pair.slice(pair.indexOf(':') + 1);
    }
    default:
      return null;
  }
}

function hostnameOf(url: string): string {
  return URL.parse(url)?.hostname.toLowerCase() ?? '';
}

function refused(why: string): DozenError {
  return userError('TOKEN_REFUSED', `Cannot answer: ${why}`, {
    hint: 'Set DOZEN_TOKEN to a token of this platform; dozen tokens create makes one',
  });
}

function hostRefused(name: string): DozenError {
  return userError(
    'HOST_REFUSED',
    `Cannot answer as ${JSON.stringify(name.slice(0, 80))}: this API is not known by that name`,
    {
      hint: 'Use the address it listens on, or add the name with dozen server --api-host',
    },
  );
}

function originRefused(origin: string): DozenError {
  return userError(
    'ORIGIN_REFUSED',
    `Cannot answer a page of ${JSON.stringify(origin.slice(0, 80))}: it is not of this host`,
    {
      hint: 'Call the API from its own address, or from a program',
    },
  );
}
