import type { serviceRoutes } from '../../../api/routes/services.ts';
import { userError } from '../../../base/error.ts';
import type { App } from '../../../factors/01-codebase/app.ts';
import { parseVariableName } from '../../../factors/03-config/config.ts';
import { Secret } from '../../../factors/03-config/secret.ts';
import type { Service } from '../../../factors/04-backing-services/service.ts';
import { attachService } from '../../../platform/attach-service.ts';
import { backupService } from '../../../platform/backup-service.ts';
import { destroyService } from '../../../platform/destroy-service.ts';
import { detachService } from '../../../platform/detach-service.ts';
import { lendCredential } from '../../../platform/lend-credential.ts';
import { restoreService } from '../../../platform/restore-service.ts';
import { rotateCredential } from '../../../platform/rotate-credential.ts';
import { setServiceUrl } from '../../../platform/set-service-url.ts';
import { swapService } from '../../../platform/swap-service.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { requireApp } from '../identify.ts';
import { attachedTo, requireAttachments, requireService } from '../identify-service.ts';
import { announce } from './announce.ts';
import { makeService } from './make-service.ts';
import { note, serviceShape } from './service-shape.ts';

export function serviceHandlers(context: ApiContext): HandlersOf<typeof serviceRoutes> {
  const { platform, changes } = context;
  const { store } = platform;
  return {
    'GET /dozen/v1/services': () => Promise.all(store.services().map((one) => serviceShape(context, one))),
    'GET /dozen/v1/services/:service': ({ params }) =>
      serviceShape(context, requireService(store, params.service)),
    'POST /dozen/v1/services': async (call) => {
      const { plan, name, url, app, variable } = call.body;
      const service = await makeService(context, call, {
        plan,
        name: name ?? null,
        url: url ?? null,
        app: app === undefined ? null : requireApp(store, app),
        variable: variable === undefined ? null : parseVariableName(variable),
      });
      return serviceShape(context, service);
    },
    'DELETE /dozen/v1/services/:service': async ({ params, caller }) => {
      const service = requireService(store, params.service);
      const last = await serviceShape(context, service);
      await (await changes.begin((telling) => destroyService(platform, service, telling))).done;
      note(context, { caller, verb: 'service.destroy', service });
      return last;
    },
    'PUT /dozen/v1/services/:service/url': async (call) => {
      const service = requireService(store, call.params.service);
      const url = new Secret(call.body.url);
      await announce(context, call, (telling) => setServiceUrl(platform, { service, url }, telling));
      note(context, { caller: call.caller, verb: 'service.set-url', service });
      return serviceShape(context, service);
    },
    'POST /dozen/v1/services/:service/rotate': async (call) => {
      const service = requireService(store, call.params.service);
      const apps = appsOf(context, service, call.body.app);
      await announce(context, call, async (telling) => {
        for (const app of apps) await rotateCredential(platform, { app, service }, telling);
      });
      for (const app of apps)
        note(context, { caller: call.caller, verb: 'service.rotate', service, appId: app.id });
      return serviceShape(context, service);
    },
    'POST /dozen/v1/apps/:app/services': async (call) => {
      const app = requireApp(store, call.params.app);
      const service = requireService(store, call.body.service);
      const variable = parseVariableName(
        call.body.variable ?? platform.providers.get(service.kind)?.variable ?? 'SERVICE_URL',
      );
      const order = { app, service, variable, actor: call.caller.account.email };
      await announce(context, call, (telling) => attachService(platform, order, telling));
      const more = { variable };
      note(context, { caller: call.caller, verb: 'service.attach', service, appId: app.id, more });
      return serviceShape(context, service);
    },
    'DELETE /dozen/v1/apps/:app/services/:name': async (call) => {
      const app = requireApp(store, call.params.app);
      const leaving = requireAttachments(store, app, call.params.name);
      const [{ service }] = leaving;
      const variables = leaving.map(({ variable }) => variable);
      const order = { app, variables, actor: call.caller.account.email };
      await announce(context, call, (telling) => detachService(platform, order, telling));
      const more = { variables: variables.join(' ') };
      note(context, { caller: call.caller, verb: 'service.detach', service, appId: app.id, more });
      return serviceShape(context, service);
    },
    'POST /dozen/v1/apps/:app/services/swap': async (call) => {
      const app = requireApp(store, call.params.app);
      const from = requireService(store, call.body.from);
      const to = requireService(store, call.body.to);
      const order = { app, from, to, actor: call.caller.account.email };
      await announce(context, call, (telling) => swapService(platform, order, telling));
      const more = { from: from.name };
      note(context, { caller: call.caller, verb: 'service.swap', service: to, appId: app.id, more });
      return serviceShape(context, to);
    },
    'GET /dozen/v1/services/:service/backup': async ({ params, caller, signal }, into) => {
      const service = requireService(store, params.service);
      const facts = await backupService(platform, { service, into }, { tell: () => undefined, signal });
      const more = { size: facts.size, digest: facts.digest };
      note(context, { caller, verb: 'service.backup', service, more });
    },
    'PUT /dozen/v1/services/:service/data': async ({ params, caller, body }) => {
      const service = requireService(store, params.service);
      const { done } = await changes.begin((telling) =>
        restoreService(platform, { service, from: body }, telling),
      );
      await done;
      note(context, { caller, verb: 'service.restore', service });
      return serviceShape(context, service);
    },
    async *'GET /dozen/v1/services/:service/session'({ params, caller, signal }) {
      const service = requireService(store, params.service);
      note(context, { caller, verb: 'service.session', service });
      const order = { service, label: 'session' };
      for await (const url of lendCredential(platform, order, { tell: () => undefined, signal }))
        yield { url: url.reveal() };
    },
  };
}

/** @throws ATTACHMENT_UNKNOWN when there is none to rotate */
function appsOf(
  { platform: { store } }: ApiContext,
  service: Service,
  only: string | undefined,
): readonly App[] {
  const given = only === undefined ? store.apps() : [requireApp(store, only)];
  const attached = attachedTo(store, given).filter((one) => one.service.id === service.id);
  const apps = given.filter(({ id }) => attached.some(({ app }) => app.id === id));
  if (apps.length > 0) return apps;
  throw userError(
    'ATTACHMENT_UNKNOWN',
    `Cannot rotate a credential of ${service.name}: ${only === undefined ? 'no app is' : `${given[0]?.name} is not`} attached to it`,
    { hint: `dozen services attach ${service.name} -a APP gives an app one` },
  );
}
