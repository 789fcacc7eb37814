import type { Catalogue } from './route.ts';
import { exact, integer, lenient, list, nullable, optional, text, time } from './shapes.ts';

const exported = exact({
  type: text,
  port: integer,
  /** Ready processes that connections go to. */
  processes: integer,
  created_at: time,
});

export const exportRoutes = {
  'GET /dozen/v1/apps/:app/exports': { need: 'read', status: 200, reply: list(exported) },
  'POST /dozen/v1/apps/:app/exports': {
    need: 'write',
    body: lenient({ type: text, port: optional(nullable(integer)) }),
    status: 201,
    reply: exported,
  },
  'DELETE /dozen/v1/apps/:app/exports/:type': { need: 'write', status: 200, reply: exact({}) },
} as const satisfies Catalogue;
