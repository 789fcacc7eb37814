/** What Heroku has no word for: services without an app, swaps, rotation, backups. */
import type { Catalogue } from './route.ts';
import { choice, exact, integer, lenient, list, nullable, optional, text, time, uuid } from './shapes.ts';

const attached = exact({ app: text, variable: text });

export const service = exact({
  id: uuid,
  name: text,
  kind: text,
  version: nullable(text),
  created_at: time,
  /** `foreign`: somebody else's, which nobody but the apps speaks to. */
  state: choice(['up', 'down', 'foreign']),
  /** The code and the message of what it does not answer of. */
  why: nullable(text),
  attachments: list(attached),
  /** Bytes on disk. */
  size: nullable(integer),
  /** Null where none is known of. */
  last_backup: nullable(exact({ at: time, size: integer })),
});

export const serviceRoutes = {
  'GET /dozen/v1/services': { need: 'read', status: 200, reply: list(service) },
  'GET /dozen/v1/services/:service': { need: 'read', status: 200, reply: service },
  /** Attached as well when it names an app. */
  'POST /dozen/v1/services': {
    need: 'write',
    body: lenient({
      plan: text,
      name: optional(text),
      url: optional(text),
      app: optional(text),
      variable: optional(text),
    }),
    status: 201,
    reply: service,
  },
  'DELETE /dozen/v1/services/:service': { need: 'write', status: 200, reply: service },
  'PUT /dozen/v1/services/:service/url': {
    need: 'write-protected',
    body: lenient({ url: text }),
    status: 200,
    reply: service,
  },
  /** Of its attachments in all apps, or in one. */
  'POST /dozen/v1/services/:service/rotate': {
    need: 'write',
    body: lenient({ app: optional(text) }),
    status: 200,
    reply: service,
  },
  'POST /dozen/v1/apps/:app/services': {
    need: 'write',
    body: lenient({ service: text, variable: optional(text) }),
    status: 201,
    reply: service,
  },
  /** By variable, or by service. */
  'DELETE /dozen/v1/apps/:app/services/:name': { need: 'write', status: 200, reply: service },
  'POST /dozen/v1/apps/:app/services/swap': {
    need: 'write',
    body: lenient({ from: text, to: text }),
    status: 200,
    reply: service,
  },
  /** Everything in it at one moment; holds all of its data. */
  'GET /dozen/v1/services/:service/backup': { need: 'read-protected', gives: 'bytes' },
  'PUT /dozen/v1/services/:service/data': {
    need: 'write-protected',
    takes: 'bytes',
    status: 200,
    reply: service,
  },
  /** One item, a URL that works for as long as the call lasts. */
  'GET /dozen/v1/services/:service/session': { need: 'read-protected', item: exact({ url: text }) },
} as const satisfies Catalogue;
