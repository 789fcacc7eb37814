import type { Catalogue } from './route.ts';
import { exact, integer, lenient, optional, truth } from './shapes.ts';

const cache = exact({ layers: integer, bytes: integer });
const retention = exact({ kept_builds: integer });

export const housekeepingRoutes = {
  /** What went, or with `dry_run` what would. */
  'POST /dozen/v1/prune': {
    need: 'write',
    body: lenient({ dry_run: optional(truth) }),
    status: 200,
    reply: exact({ layers: integer, outputs: integer, bytes: integer, dry_run: truth }),
  },
  'GET /dozen/v1/cache': { need: 'read', status: 200, reply: cache },
  /** What went. */
  'DELETE /dozen/v1/cache': { need: 'write', status: 200, reply: cache },
  'GET /dozen/v1/apps/:app/retention': { need: 'read', status: 200, reply: retention },
  'PATCH /dozen/v1/apps/:app/retention': {
    need: 'write',
    body: lenient({ kept_builds: integer }),
    status: 200,
    reply: retention,
  },
} as const satisfies Catalogue;
