import type { Catalogue } from './route.ts';
import { exact, lenient, optional, text } from './shapes.ts';

export const deployRoutes = {
  /** A tarball, gzipped or not. The answer names the change, which goes on by itself. */
  'POST /dozen/v1/apps/:app/deploys': {
    need: 'write',
    takes: 'bytes',
    query: lenient({
      /** The commit that its files are based on. */
      base: optional(text),
      new_codebase: optional(text),
    }),
    status: 201,
    reply: exact({ change: text }),
  },
} as const satisfies Catalogue;
