import { randomBytes } from 'node:crypto';
import type { sourceRoutes } from '../../../api/routes/sources.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { requireApp } from '../identify.ts';
import { type Origin, sourceUrls } from '../links.ts';

export function sourceHandlers(context: ApiContext): HandlersOf<typeof sourceRoutes> {
  const make = (origin: Origin) => {
    const { get, put } = sourceUrls(context, { sourceId: randomBytes(16).toString('hex') }, origin);
    return { source_blob: { get_url: get, put_url: put } };
  };
  return {
    'POST /sources': ({ origin }) => make(origin),
    'POST /apps/:app/sources': ({ params, origin }) => {
      requireApp(context.platform.store, params.app);
      return make(origin);
    },
  };
}
