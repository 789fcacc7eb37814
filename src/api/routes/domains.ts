import type { Catalogue } from './route.ts';
import {
  appRef,
  choice,
  exact,
  lenient,
  list,
  nameRef,
  nullable,
  optional,
  text,
  time,
  uuid,
} from './shapes.ts';

export const domain = exact({
  acm_status: nullable(text),
  acm_status_reason: nullable(text),
  app: appRef,
  cname: nullable(text),
  created_at: time,
  hostname: text,
  id: uuid,
  kind: choice(['heroku', 'custom']),
  updated_at: time,
  status: text,
  sni_endpoint: nullable(nameRef),
});

export const domainRoutes = {
  'GET /apps/:app/domains': { need: 'read', status: 200, reply: list(domain) },
  'POST /apps/:app/domains': {
    need: 'write',
    body: lenient({ hostname: text, sni_endpoint: optional(nullable(text)) }),
    status: 201,
    reply: domain,
  },
  'GET /apps/:app/domains/:domain': { need: 'read', status: 200, reply: domain },
  'DELETE /apps/:app/domains/:domain': { need: 'write', status: 200, reply: domain },
} as const satisfies Catalogue;
