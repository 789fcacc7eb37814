/** Who the caller is, and the tokens that prove it. */
import type { Catalogue } from './route.ts';
import {
  choice,
  exact,
  integer,
  lenient,
  list,
  nullable,
  optional,
  positive,
  text,
  texts,
  time,
  truth,
  userRef,
  uuid,
} from './shapes.ts';

export const account = exact({
  allow_tracking: truth,
  beta: truth,
  created_at: time,
  email: text,
  federated: truth,
  id: uuid,
  identity_provider: nullable(exact({})),
  last_login: nullable(time),
  name: nullable(text),
  sms_number: nullable(text),
  suspended_at: nullable(time),
  delinquent_at: nullable(time),
  two_factor_authentication: truth,
  updated_at: time,
  verified: truth,
  country_of_residence: nullable(text),
  default_organization: nullable(exact({})),
  default_team: nullable(exact({})),
});

export const scopes = ['global', 'identity', 'read', 'write', 'read-protected', 'write-protected'] as const;

const accessToken = exact({
  id: uuid,
  expires_in: nullable(integer),
  /** Only in the answer that made it: what is kept is its digest. */
  token: text,
});

export const authorization = exact({
  access_token: nullable(accessToken),
  client: nullable(exact({})),
  created_at: time,
  description: text,
  grant: nullable(exact({})),
  id: uuid,
  refresh_token: nullable(exact({})),
  scope: texts,
  session: nullable(exact({})),
  updated_at: time,
  user: exact({ ...userRef.properties, full_name: nullable(text) }),
});

export const accountRoutes = {
  'GET /account': { need: 'identity', status: 200, reply: account },
  'GET /users/~': { need: 'identity', status: 200, reply: account },
  'GET /oauth/authorizations': { need: 'identity', status: 200, reply: list(authorization) },
  'POST /oauth/authorizations': {
    need: 'write-protected',
    body: lenient({
      description: optional(nullable(text)),
      expires_in: optional(nullable(positive)),
      scope: optional(list(choice([...scopes]))),
    }),
    status: 201,
    reply: authorization,
  },
  'GET /oauth/authorizations/:authorization': { need: 'identity', status: 200, reply: authorization },
  'DELETE /oauth/authorizations/:authorization': {
    need: 'write-protected',
    status: 200,
    reply: authorization,
  },
} as const satisfies Catalogue;
