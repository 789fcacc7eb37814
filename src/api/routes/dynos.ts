import Type from 'typebox';
import type { Catalogue } from './route.ts';
import {
  appRef,
  exact,
  integer,
  lenient,
  list,
  nullable,
  optional,
  table,
  text,
  time,
  truth,
  uuid,
} from './shapes.ts';

export const dyno = exact({
  app: appRef,
  attach_url: nullable(text),
  command: text,
  created_at: time,
  id: uuid,
  name: text,
  release: exact({ id: uuid, version: integer }),
  size: text,
  state: text,
  type: text,
  updated_at: time,
});

const done = exact({});
/** The official CLI sends numbers too. */
const variables = table(Type.Union([text, integer]));

/** With `COLUMNS` and `LINES` among its variables, and unless `force_no_tty`, it has a terminal of that size. */
const order = lenient({
  command: text,
  attach: optional(nullable(truth)),
  env: optional(nullable(variables)),
  force_no_tty: optional(nullable(truth)),
  size: optional(nullable(text)),
  type: optional(nullable(text)),
  /** Seconds. */
  time_to_live: optional(nullable(Type.Integer({ minimum: 1, maximum: 86_400 }))),
});

export const dynoRoutes = {
  'GET /apps/:app/dynos': { need: 'read', status: 200, reply: list(dyno) },
  'POST /apps/:app/dynos': { need: 'write', body: order, status: 201, reply: dyno },
  'GET /apps/:app/dynos/:dyno': { need: 'read', status: 200, reply: dyno },
  'DELETE /apps/:app/dynos': { need: 'write', status: 202, reply: done },
  'DELETE /apps/:app/dynos/:dyno': { need: 'write', status: 202, reply: done },
  'DELETE /apps/:app/formations/:type': { need: 'write', status: 202, reply: done },
  'POST /apps/:app/dynos/:dyno/actions/stop': { need: 'write', status: 202, reply: done },
  'POST /apps/:app/formations/:type/actions/stop': { need: 'write', status: 202, reply: done },
} as const satisfies Catalogue;
