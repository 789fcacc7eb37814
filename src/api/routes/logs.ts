import Type from 'typebox';
import type { KeptLine } from '../../factors/11-logs/log-query.ts';
import type { Catalogue } from './route.ts';
import { choice, exact, integer, lenient, nullable, optional, text, time, truth, uuid } from './shapes.ts';

/** Its members are the law's own type: no second copy of them here. */
const keptLine = Type.Unsafe<KeptLine>({ type: 'object' });
const digits = Type.String({ pattern: '^\\d{1,16}$' });

const logSession = exact({ created_at: time, id: uuid, logplex_url: text, updated_at: time });

export const logRoutes = {
  /** All that match, or the last `num`; behind a cursor, what follows it. Moments are milliseconds since 1970. */
  'GET /dozen/v1/apps/:app/logs': {
    need: 'read',
    query: lenient({
      num: optional(digits),
      source: optional(choice(['app', 'dozen'])),
      process: optional(text),
      since: optional(digits),
      until: optional(digits),
      grep: optional(text),
      cursor: optional(text),
      follow: optional(text),
    }),
    item: keptLine,
  },
  /** `dyno` is what the official CLI says for `dyno_name`. */
  'POST /apps/:app/log-sessions': {
    need: 'read',
    body: lenient({
      dyno: optional(nullable(text)),
      dyno_name: optional(nullable(text)),
      type: optional(nullable(text)),
      lines: optional(nullable(integer)),
      source: optional(nullable(text)),
      tail: optional(nullable(truth)),
    }),
    status: 201,
    reply: logSession,
  },
} as const satisfies Catalogue;
