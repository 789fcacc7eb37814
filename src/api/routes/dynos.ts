import type { Catalogue } from './route.ts';
import { appRef, exact, integer, list, nullable, text, time, uuid } from './shapes.ts';

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

export const dynoRoutes = {
  'GET /apps/:app/dynos': { need: 'read', status: 200, reply: list(dyno) },
  'GET /apps/:app/dynos/:dyno': { need: 'read', status: 200, reply: dyno },
  'DELETE /apps/:app/dynos': { need: 'write', status: 202, reply: done },
  'DELETE /apps/:app/dynos/:dyno': { need: 'write', status: 202, reply: done },
  'DELETE /apps/:app/formations/:type': { need: 'write', status: 202, reply: done },
  'POST /apps/:app/dynos/:dyno/actions/stop': { need: 'write', status: 202, reply: done },
  'POST /apps/:app/formations/:type/actions/stop': { need: 'write', status: 202, reply: done },
} as const satisfies Catalogue;
