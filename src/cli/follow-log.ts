/** An app's log as it comes, over whatever happens to the platform: no line is missing between two connections, none comes twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../api/client.ts';
import type { Api } from '../api/routes/catalogue.ts';
import type { QueryOf } from '../api/routes/route.ts';
import { asDozenError, type DozenError } from '../base/error.ts';
import type { KeptLine } from '../factors/11-logs/log-query.ts';

export interface LogFollowing {
  /** Asked at each connection: a platform that was started again has another token. */
  readonly findClient: () => Client;
  readonly app: string;
  readonly query: QueryOf<Api['GET /dozen/v1/apps/:app/logs']>;
  readonly signal: AbortSignal;
  /** Once for each time that the platform goes away. */
  readonly onAway?: (why: DozenError) => void;
  /** With the first line after that. */
  readonly onBack?: () => void;
}

const betweenAttemptsMs = { first: 100, most: 2_000 };

/**
 * Ends when the signal aborts or the log is removed. Whoever calls has reached the platform before: that it is away is no error.
 * @throws what the server answers, PEER_AWAY not among it
 */
export async function* followLog({
  findClient,
  app,
  query,
  signal,
  onAway = () => undefined,
  onBack = () => undefined,
}: LogFollowing): AsyncGenerator<KeptLine> {
  let asked: LogFollowing['query'] = { ...query, follow: 'true' };
  let waitMs: number | null = null;
  let isLocal = false;
  while (!signal.aborted) {
    try {
      const client = findClient();
      isLocal = 'socket' in client.peer;
      if (asked.num === '0') asked = await behindLast(client, { app, query: asked, signal });
      const lines = client.follow('GET /dozen/v1/apps/:app/logs', {
        params: { app },
        query: asked,
        signal,
      });
      for await (const line of lines) {
        if (waitMs !== null) onBack();
        waitMs = null;
        asked = { ...asked, cursor: line.cursor };
        yield line;
      }
      return;
    } catch (error) {
      const why = asDozenError(error);
      if (!isPassing(why, isLocal)) throw error;
      if (waitMs === null) onAway(why);
      // Without a line yet there were fewer than were asked for: all that comes is new.
      const { num: _, ...rest } = asked;
      asked = rest;
      waitMs = Math.min((waitMs ?? betweenAttemptsMs.first / 2) * 2, betweenAttemptsMs.most);
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** None of what is there: without a place to begin from, who is cut off before the first line would not know what is new. */
async function behindLast(
  client: Client,
  { app, query: { num: _, ...query }, signal }: Pick<LogFollowing, 'app' | 'query' | 'signal'>,
): Promise<LogFollowing['query']> {
  const last = { params: { app }, query: { num: '1' }, signal };
  for await (const { cursor } of client.follow('GET /dozen/v1/apps/:app/logs', last))
    return { ...query, cursor };
  return query;
}

/** The token of this machine's platform is refused when it was started again between finding it and calling it. */
function isPassing({ code }: DozenError, isLocal: boolean): boolean {
  return ['PEER_AWAY', 'PLATFORM_NOT_FOUND'].includes(code) || (isLocal && code === 'TOKEN_REFUSED');
}
