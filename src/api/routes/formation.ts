import Type from 'typebox';
import type { Catalogue } from './route.ts';
import {
  appRef,
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
  uuid,
} from './shapes.ts';

export const formation = exact({
  app: appRef,
  command: text,
  created_at: time,
  dyno_size: nameRef,
  id: uuid,
  quantity: integer,
  size: text,
  type: text,
  updated_at: time,
});

/** `3`, `"3"`, `"+1"` and `"-1"`: the official CLI sends texts. */
const quantity = Type.Union([integer, text]);
const update = {
  quantity: optional(quantity),
  size: optional(text),
  dyno_size: optional(Type.Union([text, lenient({ name: text })])),
};

const dynoSize = exact({
  architecture: text,
  compute: integer,
  cost: nullable(exact({})),
  dedicated: truth,
  generation: nameRef,
  id: uuid,
  memory: Type.Number(),
  name: text,
  precise_dyno_units: Type.Number(),
  private_space_only: truth,
});

export const formationRoutes = {
  'GET /apps/:app/formation': { need: 'read', status: 200, reply: list(formation) },
  'PATCH /apps/:app/formation': {
    need: 'write',
    body: lenient({ updates: list(lenient({ type: text, ...update })) }),
    status: 200,
    reply: list(formation),
  },
  'GET /apps/:app/formation/:type': { need: 'read', status: 200, reply: formation },
  'PATCH /apps/:app/formation/:type': { need: 'write', body: lenient(update), status: 200, reply: formation },
  'GET /dyno-sizes': { need: 'read', status: 200, reply: list(dynoSize) },
} as const satisfies Catalogue;
