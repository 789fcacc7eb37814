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
  texts,
  time,
  truth,
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

/** A certificate of an app's own. */
const sniEndpoint = exact({
  app: appRef,
  certificate_chain: text,
  created_at: time,
  display_name: nullable(text),
  domains: list(uuid),
  id: uuid,
  name: text,
  ssl_cert: exact({
    'ca_signed?': truth,
    cert_domains: texts,
    expires_at: time,
    id: uuid,
    issuer: text,
    'self_signed?': truth,
    starts_at: time,
    subject: text,
  }),
  updated_at: time,
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
  /** The router has no TLS, and an app no certificate. The official command line asks before it adds a domain. */
  'GET /apps/:app/sni-endpoints': { need: 'read', status: 200, reply: list(sniEndpoint) },
} as const satisfies Catalogue;
