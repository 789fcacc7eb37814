import type { domainRoutes } from '../../../api/routes/domains.ts';
import type { ReplyOf } from '../../../api/routes/route.ts';
import { userError } from '../../../base/error.ts';
import type { App } from '../../../factors/01-codebase/app.ts';
import type { Domain } from '../../../factors/07-port-binding/domain.ts';
import { addDomain } from '../../../platform/domains.ts';
import { tellReach } from '../../../platform/reach.ts';
import type { Caller } from '../admission.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { requireApp, show, timeOf, uuidOf } from '../identify.ts';
import { readRange, sendPage } from '../ranges.ts';

type Said = ReplyOf<(typeof domainRoutes)['GET /apps/:app/domains/:domain']>;

export function domainHandlers(context: ApiContext): HandlersOf<typeof domainRoutes> {
  const { platform } = context;
  const { store } = platform;
  const note = ({ account }: Caller, verb: string, app: App, hostname: string): void =>
    store.addAudit({
      accountId: account.id,
      actor: account.email,
      verb,
      appId: app.id,
      detail: { hostname },
    });
  return {
    'GET /apps/:app/domains': ({ params, range, reply }) => {
      const wanted = readRange(range);
      const by = wanted.by === 'id' ? 'id' : 'hostname';
      const all = domainsOf(context, requireApp(store, params.app));
      const sorted = all.toSorted((a, b) => (a[by] < b[by] ? -1 : 1));
      return [...sendPage(sorted, { range: wanted, reply, by, keyOf: (one) => one[by] })];
    },
    'POST /apps/:app/domains': async ({ params, body, caller }) => {
      const app = requireApp(store, params.app);
      const domain = addDomain(platform, app, body.hostname);
      note(caller, 'domain.add', app, domain.hostname);
      await tellReach(platform, app);
      return ownShape(context, app, domain);
    },
    'GET /apps/:app/domains/:domain': ({ params }) => {
      const app = requireApp(store, params.app);
      return require(domainsOf(context, app), app, params.domain);
    },
    'GET /apps/:app/sni-endpoints': ({ params }) => {
      requireApp(store, params.app);
      return [];
    },
    'DELETE /apps/:app/domains/:domain': async ({ params, caller }) => {
      const app = requireApp(store, params.app);
      const domain = require(domainsOf(context, app), app, params.domain);
      store.removeDomain(app.id, domain.id);
      note(caller, 'domain.remove', app, domain.hostname);
      await tellReach(platform, app);
      return domain;
    },
  };
}

function domainsOf(context: ApiContext, app: App): Said[] {
  const given = context.platform.hostsOf(app.name).map(
    (hostname): Said => ({
      ...shape(app, { id: uuidOf('host', app.id, hostname), hostname, createdAt: app.createdAt }),
      cname: null,
      kind: 'heroku',
    }),
  );
  return [...given, ...context.platform.store.domains(app.id).map((one) => ownShape(context, app, one))];
}

function ownShape({ platform }: ApiContext, app: App, domain: Domain): Said {
  const [cname = null] = platform.hostsOf(app.name);
  return { ...shape(app, domain), cname, kind: 'custom' };
}

function shape(
  app: App,
  { id, hostname, createdAt }: Pick<Domain, 'id' | 'hostname' | 'createdAt'>,
): Omit<Said, 'cname' | 'kind'> {
  return {
    acm_status: null,
    acm_status_reason: null,
    app: { id: app.id, name: app.name },
    created_at: timeOf(createdAt),
    hostname,
    id,
    updated_at: timeOf(createdAt),
    status: 'succeeded',
    sni_endpoint: null,
  };
}

function require(domains: readonly Said[], app: App, idOrHostname: string): Said {
  const wanted = idOrHostname.toLowerCase();
  const found = domains.find(({ id, hostname }) => id === wanted || hostname === wanted);
  if (found !== undefined) return found;
  throw userError(
    'DOMAIN_UNKNOWN',
    `Cannot find the domain ${show(idOrHostname)}: ${app.name} has none of that name`,
    {
      hint: `dozen domains -a ${app.name} lists those there are`,
    },
  );
}
