import type { Catalogue } from './route.ts';
import {
  appRef,
  choice,
  exact,
  idRef,
  integer,
  lenient,
  list,
  nullable,
  optional,
  text,
  texts,
  time,
  truth,
  userRef,
  uuid,
} from './shapes.ts';

export const release = exact({
  addon_plan_names: texts,
  app: appRef,
  artifacts: list(exact({ type: text, id: uuid })),
  created_at: time,
  current: truth,
  description: text,
  eligible_for_rollback: truth,
  id: uuid,
  output_stream_url: nullable(text),
  slug: nullable(idRef),
  status: choice(['failed', 'pending', 'succeeded', 'expired']),
  updated_at: time,
  user: userRef,
  version: integer,
});

export const releaseRoutes = {
  'GET /apps/:app/releases': { need: 'read', status: 200, reply: list(release) },
  'GET /apps/:app/releases/:release': { need: 'read', status: 200, reply: release },
  /** A rollback names a release: its build, config and services. A slug is one of the app's, released with its config and services of now. */
  'POST /apps/:app/releases': {
    need: 'write',
    body: lenient({ release: optional(text), slug: optional(text), description: optional(text) }),
    status: 201,
    reply: release,
  },
} as const satisfies Catalogue;
