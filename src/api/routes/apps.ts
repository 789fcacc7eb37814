import type { Catalogue } from './route.ts';
import {
  exact,
  integer,
  lenient,
  list,
  nameRef,
  nullable,
  optional,
  text,
  time,
  truth,
  userRef,
  uuid,
} from './shapes.ts';

export const app = exact({
  acm: truth,
  archived_at: nullable(time),
  buildpack_provided_description: nullable(text),
  build_stack: nameRef,
  created_at: time,
  generation: nameRef,
  git_url: text,
  id: uuid,
  internal_routing: nullable(truth),
  maintenance: truth,
  name: text,
  organization: nullable(nameRef),
  owner: userRef,
  region: nameRef,
  released_at: nullable(time),
  repo_size: nullable(integer),
  slug_size: nullable(integer),
  space: nullable(nameRef),
  stack: nameRef,
  team: nullable(nameRef),
  updated_at: time,
  web_url: nullable(text),
});

const region = exact({
  country: text,
  created_at: time,
  description: text,
  id: uuid,
  locale: text,
  name: text,
  private_capable: truth,
  provider: exact({ name: text, region: text }),
  updated_at: time,
});

const stack = exact({
  created_at: time,
  default: truth,
  id: uuid,
  name: text,
  state: text,
  updated_at: time,
});

export const appRoutes = {
  'POST /apps': {
    need: 'write',
    body: lenient({ name: optional(nullable(text)) }),
    status: 201,
    reply: app,
  },
  'GET /apps': { need: 'read', status: 200, reply: list(app) },
  'GET /users/~/apps': { need: 'read', status: 200, reply: list(app) },
  'GET /apps/:app': { need: 'read', status: 200, reply: app },
  'PATCH /apps/:app': {
    need: 'write',
    body: lenient({ name: optional(text), maintenance: optional(truth) }),
    status: 200,
    reply: app,
  },
  'DELETE /apps/:app': { need: 'write', status: 200, reply: app },
  'GET /regions': { need: 'read', status: 200, reply: list(region) },
  'GET /stacks': { need: 'read', status: 200, reply: list(stack) },
} as const satisfies Catalogue;
