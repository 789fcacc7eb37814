import { randomBytes, randomUUID } from 'node:crypto';
import type { accountRoutes } from '../../../api/routes/account.ts';
import type { ReplyOf } from '../../../api/routes/route.ts';
import { userError } from '../../../base/error.ts';
import type { Account, Authorization, Scope } from '../../../factors/account.ts';
import { type Caller, checkScope, digestOf } from '../admission.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { show, timeOf } from '../identify.ts';

type Said = ReplyOf<(typeof accountRoutes)['GET /oauth/authorizations/:authorization']>;

export function accountHandlers({ platform }: ApiContext): HandlersOf<typeof accountRoutes> {
  const { store, clock } = platform;
  const own = ({ account }: Caller, id: string): Authorization => {
    const found = store.authorizations(account.id).find((one) => one.id === id);
    if (found === undefined) throw unknown(id);
    return found;
  };
  return {
    'GET /account': ({ caller }) => accountShape(caller.account),
    'GET /users/~': ({ caller }) => accountShape(caller.account),
    'GET /oauth/authorizations': ({ caller }) =>
      store.authorizations(caller.account.id).map((one) => authorizationShape(one, caller.account)),
    'GET /oauth/authorizations/:authorization': ({ caller, params }) =>
      authorizationShape(own(caller, params.authorization), caller.account),
    'POST /oauth/authorizations': ({ caller, body }) => {
      const scopes = (body.scope ?? ['global']) as readonly Scope[];
      refuseMore(caller, scopes);
      const token = `dozen_${randomBytes(32).toString('base64url')}`;
      const lifetime = body.expires_in ?? null;
      const made = store.createAuthorization({
        accountId: caller.account.id,
        description: body.description ?? 'Made through the API',
        scopes,
        expiresAt: lifetime === null ? null : clock.now() + lifetime * 1000,
        tokenDigest: digestOf(token),
      });
      store.addAudit({
        accountId: caller.account.id,
        actor: caller.account.email,
        verb: 'token.create',
        appId: null,
        detail: { id: made.id, scopes: [...scopes] },
      });
      return authorizationShape(made, caller.account, { token, lifetime });
    },
    'DELETE /oauth/authorizations/:authorization': ({ caller, params }) => {
      const revoked = own(caller, params.authorization);
      store.revokeAuthorization(revoked.id);
      store.addAudit({
        accountId: caller.account.id,
        actor: caller.account.email,
        verb: 'token.revoke',
        appId: null,
        detail: { id: revoked.id },
      });
      return authorizationShape(revoked, caller.account);
    },
  };
}

/** A token makes none that may more than itself. */
function refuseMore(caller: Caller, scopes: readonly Scope[]): void {
  for (const scope of scopes) {
    if (scope !== 'global') checkScope(caller, scope);
    else if (!caller.scopes.includes('global')) {
      throw userError('SCOPE_MISSING', 'Cannot make a token for everything: the one shown is not', {
        hint: `Ask for its own scopes: ${caller.scopes.join(', ')}`,
      });
    }
  }
}

export function accountShape({
  id,
  email,
  name,
  createdAt,
}: Account): ReplyOf<(typeof accountRoutes)['GET /account']> {
  return {
    allow_tracking: false,
    beta: false,
    created_at: timeOf(createdAt),
    email,
    federated: false,
    id,
    identity_provider: null,
    last_login: null,
    name,
    sms_number: null,
    suspended_at: null,
    delinquent_at: null,
    two_factor_authentication: false,
    updated_at: timeOf(createdAt),
    verified: true,
    country_of_residence: null,
    default_organization: null,
    default_team: null,
  };
}

interface Fresh {
  readonly token: string;
  readonly lifetime: number | null;
}

function authorizationShape(made: Authorization, account: Account, fresh: Fresh | null = null): Said {
  return {
    access_token:
      fresh === null ? null : { id: randomUUID(), expires_in: fresh.lifetime, token: fresh.token },
    client: null,
    created_at: timeOf(made.createdAt),
    description: made.description,
    grant: null,
    id: made.id,
    refresh_token: null,
    scope: [...made.scopes],
    session: null,
    updated_at: timeOf(made.lastUsedAt ?? made.createdAt),
    user: { id: account.id, email: account.email, full_name: account.name },
  };
}

function unknown(id: string): Error {
  return userError('TOKEN_UNKNOWN', `Cannot find the token ${show(id)}: there is none of this id`, {
    hint: 'dozen tokens lists those there are',
  });
}
