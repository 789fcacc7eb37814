import { randomUUID } from 'node:crypto';
import type { logRoutes } from '../../../api/routes/logs.ts';
import type { QueryOf } from '../../../api/routes/route.ts';
import { userError } from '../../../base/error.ts';
import type { LogLine } from '../../../factors/11-logs/log-line.ts';
import { type LogQuery, wholeLog } from '../../../factors/11-logs/log-query.ts';
import { answerQuery } from '../../../store/logs/log-answer.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { requireApp, show, timeOf } from '../identify.ts';
import { logUrl } from '../links.ts';

const sessionLines = { usual: 100, most: 1500 };

export function logHandlers(context: ApiContext): HandlersOf<typeof logRoutes> {
  const { store, clock } = context.platform;
  return {
    'GET /dozen/v1/apps/:app/logs': ({ params, query, signal }) => {
      const { cursor, follow } = query;
      return answerQuery(context.logs, requireApp(store, params.app).id, queryOf(query), {
        follow: follow === 'true',
        signal,
        ...(cursor === undefined ? {} : { cursor }),
      });
    },
    'POST /apps/:app/log-sessions': ({ params, body, origin }) => {
      const { id: appId } = requireApp(store, params.app);
      const process = body.dyno ?? body.dyno_name ?? body.type ?? null;
      const num = Math.min(Math.max(body.lines ?? sessionLines.usual, 0), sessionLines.most);
      const query: LogQuery = { ...wholeLog, source: sourceOf(body.source ?? null), process, num };
      const now = timeOf(clock.now());
      const logplex_url = logUrl(context, { appId, query, tail: body.tail === true }, origin);
      return { created_at: now, id: randomUUID(), logplex_url, updated_at: now };
    },
  };
}

function queryOf(query: QueryOf<(typeof logRoutes)['GET /dozen/v1/apps/:app/logs']>): LogQuery {
  const number = (text: string | undefined): number | null => (text === undefined ? null : Number(text));
  return {
    source: query.source ?? null,
    process: query.process ?? null,
    since: number(query.since),
    until: number(query.until),
    grep: query.grep ?? null,
    num: number(query.num),
  };
}

/** Heroku's word for the platform is its own name. */
function sourceOf(source: string | null): LogLine['source'] | null {
  switch (source) {
    case null:
    case 'app':
      return source;
    case 'heroku':
    case 'dozen':
      return 'dozen';
    default:
      throw userError('REQUEST_INVALID', `Cannot show lines of ${show(source)}: there is no such source`, {
        hint: 'Ask for app or heroku',
      });
  }
}
