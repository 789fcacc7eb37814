import type { Catalogue } from './route.ts';
import { exact, text } from './shapes.ts';

/** Where a client puts source, once, and what a build is then told. Whoever has a URL may use it, for an hour. */
const source = exact({ source_blob: exact({ get_url: text, put_url: text }) });

export const sourceRoutes = {
  'POST /sources': { need: 'write', status: 201, reply: source },
  'POST /apps/:app/sources': { need: 'write', status: 201, reply: source },
} as const satisfies Catalogue;
