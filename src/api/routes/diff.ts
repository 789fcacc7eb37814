import type { Catalogue } from './route.ts';
import { choice, exact, integer, lenient, list, nullable, optional, text, texts, truth } from './shapes.ts';

const revision = exact({
  commit: nullable(text),
  branch: nullable(text),
  author: nullable(text),
  subject: nullable(text),
  /** Whether what was built was other than the commit. */
  worktree: truth,
});
const attached = exact({ variable: text, service: text });
const command = exact({ type: text, command: text });

/** Names only: no value of a variable is in it. */
const diff = exact({
  from: integer,
  to: integer,
  build: choice(['same', 'rebuilt', 'other']),
  /** Null when both have the same. */
  commits: nullable(exact({ from: nullable(revision), to: nullable(revision) })),
  config: exact({ added: texts, removed: texts, changed: texts }),
  services: exact({
    attached: list(attached),
    detached: list(attached),
    swapped: list(exact({ variable: text, from: text, to: text })),
  }),
  /** Process types, and the release phase under `release`. */
  commands: exact({
    added: list(command),
    removed: list(command),
    changed: list(exact({ type: text, from: text, to: text })),
  }),
  unchanged: truth,
});

export const diffRoutes = {
  /** By number or id. Without `to`: the newest release; without `from`: the one before it. */
  'GET /dozen/v1/apps/:app/diff': {
    need: 'read',
    query: lenient({ from: optional(text), to: optional(text) }),
    status: 200,
    reply: diff,
  },
} as const satisfies Catalogue;
