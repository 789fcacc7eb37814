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

export const dynoRoutes = {
  'GET /apps/:app/dynos': { need: 'read', status: 200, reply: list(dyno) },
  'GET /apps/:app/dynos/:dyno': { need: 'read', status: 200, reply: dyno },
} as const satisfies Catalogue;
