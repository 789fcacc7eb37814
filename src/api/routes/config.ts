import type { Catalogue } from './route.ts';
import { nullable, table, text } from './shapes.ts';

/** Variables by name: the one place where values are answered, to a token that may read what is protected. */
const variables = table(text);

export const configRoutes = {
  'GET /apps/:app/config-vars': { need: 'read-protected', status: 200, reply: variables },
  'PATCH /apps/:app/config-vars': {
    need: 'write-protected',
    body: table(nullable(text)),
    status: 200,
    reply: variables,
  },
  'GET /apps/:app/releases/:release/config-vars': { need: 'read-protected', status: 200, reply: variables },
} as const satisfies Catalogue;
