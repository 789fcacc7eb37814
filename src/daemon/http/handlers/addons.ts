import type { addonRoutes } from '../../../api/routes/addons.ts';
import { userError } from '../../../base/error.ts';
import type { App } from '../../../factors/01-codebase/app.ts';
import { parseVariableName } from '../../../factors/03-config/config.ts';
import { freeVariable, variableOfAttachment } from '../../../factors/04-backing-services/attachment-name.ts';
import type { Service } from '../../../factors/04-backing-services/service.ts';
import { parseServiceName } from '../../../factors/04-backing-services/service-name.ts';
import { parseServicePlan } from '../../../factors/04-backing-services/service-need.ts';
import { attachService } from '../../../platform/attach-service.ts';
import { destroyService } from '../../../platform/destroy-service.ts';
import { detachService } from '../../../platform/detach-service.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { requireApp } from '../identify.ts';
import { type Attached, attachedTo, isNamed, requireAttached, requireService } from '../identify-service.ts';
import {
  addonShape,
  attachmentShape,
  offers,
  ownerOf,
  platformApp,
  requireOffer,
  requirePlan,
} from './addon-shapes.ts';
import { announce } from './announce.ts';
import { makeService } from './make-service.ts';
import { planName } from './releases.ts';
import { note } from './service-shape.ts';

export function addonHandlers(context: ApiContext): HandlersOf<typeof addonRoutes> {
  const { platform } = context;
  const { store } = platform;
  const addon = (service: Service) => addonShape(context, service);
  const attachment = (attached: Attached) => attachmentShape(context, attached);
  const plansOf = (kind: string) => requireOffer(context, kind);
  return {
    'GET /addons': () => store.services().map(addon),
    'GET /addons/:addon': ({ params }) => addon(requireService(store, params.addon)),
    'GET /apps/:app/addons': ({ params }) => servicesOf(context, requireApp(store, params.app)).map(addon),
    'GET /apps/:app/addons/:addon': ({ params }) => addon(serviceIn(context, params)),
    'POST /apps/:app/addons': async (call) => {
      const { plan, name, attachment: wanted, config } = call.body;
      const { url, version } = (config ?? {}) as { readonly url?: unknown; readonly version?: unknown };
      const text = nameIn(plan);
      const service = await makeService(context, call, {
        plan: typeof version === 'string' && !text.includes(':') ? `${text}:${version}` : text,
        name: name ?? null,
        url: typeof url === 'string' ? url : null,
        app: requireApp(store, call.params.app),
        variable: wanted?.name == null ? null : parseVariableName(variableOfAttachment(wanted.name)),
      });
      return addon(service);
    },
    'PATCH /apps/:app/addons/:addon': ({ params, body, caller }) => {
      const service = serviceIn(context, params);
      if (body.plan !== undefined) refuseOtherPlan(service, nameIn(body.plan));
      if (body.name === undefined) return addon(service);
      const renamed = store.renameService(service.id, parseServiceName(body.name));
      note(context, { caller, verb: 'service.rename', service: renamed, more: { before: service.name } });
      return addon(renamed);
    },
    'DELETE /apps/:app/addons/:addon': async (call) => {
      const service = serviceIn(context, call.params);
      const app = store.findApp(call.params.app);
      refuseOthers(context, service, app);
      const last = addonShape(context, service, { state: 'deprovisioned' });
      const { caller } = call;
      await announce(context, call, async (telling) => {
        if (app !== null) {
          const variables = attachedTo(store, [app]).flatMap((one) =>
            one.service.id === service.id ? [one.variable] : [],
          );
          await detachService(platform, { app, variables, actor: caller.account.email }, telling);
        }
        await destroyService(platform, service, telling);
        note(context, { caller, verb: 'service.destroy', service });
      });
      return last;
    },
    'POST /actions/addons/resolve': ({ body }) => resolve(context, body.addon, body.app ?? null).map(addon),
    'GET /addon-attachments': () => attachedTo(store).map(attachment),
    'GET /addon-attachments/:attachment': ({ params }) =>
      attachment(requireAttached(attachedTo(store), params.attachment)),
    'GET /addons/:addon/addon-attachments': ({ params }) => {
      const { id } = requireService(store, params.addon);
      return attachedTo(store)
        .filter(({ service }) => service.id === id)
        .map(attachment);
    },
    'GET /apps/:app/addon-attachments': ({ params }) =>
      attachedTo(store, [requireApp(store, params.app)]).map(attachment),
    'GET /apps/:app/addon-attachments/:attachment': ({ params }) =>
      attachment(requireAttached(attachedTo(store, [requireApp(store, params.app)]), params.attachment)),
    'POST /addon-attachments': async (call) => {
      const { caller, body } = call;
      const app = requireApp(store, nameIn(body.app));
      const service = requireService(store, nameIn(body.addon));
      const variable =
        body.name == null ? ownVariable(context, app, service) : variableOfAttachment(body.name);
      const order = { app, service, variable: parseVariableName(variable), actor: caller.account.email };
      await announce(context, call, (telling) => attachService(platform, order, telling));
      note(context, { caller, verb: 'service.attach', service, appId: app.id, more: { variable } });
      return attachment(requireAttached(attachedTo(store, [app]), variable));
    },
    'DELETE /addon-attachments/:attachment': async (call) => {
      const { caller } = call;
      const leaving = requireAttached(attachedTo(store), call.params.attachment);
      const { app, service, variable } = leaving;
      const last = attachment(leaving);
      const order = { app, variables: [variable], actor: caller.account.email };
      await announce(context, call, (telling) => detachService(platform, order, telling));
      note(context, { caller, verb: 'service.detach', service, appId: app.id, more: { variable } });
      return last;
    },
    'POST /actions/addon-attachments/resolve': ({ body }) => {
      const [, appName = body.app ?? null, name = ''] =
        /^(?:(.+)::)?(.+)$/s.exec(body.addon_attachment) ?? [];
      const among = appName === null ? attachedTo(store) : attachedTo(store, [requireApp(store, appName)]);
      requireAttached(among, name);
      return among.filter((one) => isNamed(one, name)).map(attachment);
    },
    'GET /addon-services': () => offers(context).map(({ service }) => service),
    'GET /addon-services/:service': ({ params }) => requireOffer(context, params.service).service,
    'GET /addon-services/:service/plans': ({ params }) => [...plansOf(params.service).plans],
    'GET /addon-services/:service/plans/:plan': ({ params }) =>
      requirePlan(plansOf(params.service), params.plan),
    'GET /plans/:plan': ({ params }) => {
      const known = offers(context).find(({ plans }) => plans.some(({ id }) => id === params.plan));
      return requirePlan(known ?? plansOf(parseServicePlan(params.plan).kind), params.plan);
    },
  };
}

function nameIn(given: string | { readonly name?: string; readonly id?: string }): string {
  return typeof given === 'string' ? given : (given.name ?? given.id ?? '');
}

function servicesOf({ platform: { store } }: ApiContext, app: App): readonly Service[] {
  const ids = new Set(store.attachments(app.id).map(({ serviceId }) => serviceId));
  return store.services().filter(({ id }) => ids.has(id));
}

/** Of an app it is attached to, or of none. @throws APP_UNKNOWN, SERVICE_UNKNOWN */
function serviceIn(
  context: ApiContext,
  { app, addon }: { readonly app: string; readonly addon: string },
): Service {
  const { store } = context.platform;
  const isOfNone = app === platformApp.id || (app === platformApp.name && store.findApp(app) === null);
  const among = isOfNone
    ? store.services().filter((one) => ownerOf(context, one).id === platformApp.id)
    : servicesOf(context, requireApp(store, app));
  return (
    among.find(({ id, name }) => id === addon || name === addon) ?? requireService(store, `${app}::${addon}`)
  );
}

/** By id or name, or as an attachment of the app. @throws SERVICE_UNKNOWN */
function resolve(context: ApiContext, name: string, appName: string | null): readonly Service[] {
  const { store } = context.platform;
  const found = store.findService(name);
  if (found !== null) return [found];
  const apps = appName === null ? store.apps() : [requireApp(store, appName)];
  const attached = attachedTo(store, apps).filter((one) => isNamed(one, name));
  const ids = new Set(attached.map(({ service }) => service.id));
  return ids.size === 0 ? [requireService(store, name)] : store.services().filter(({ id }) => ids.has(id));
}

function ownVariable({ platform: { store, providers } }: ApiContext, app: App, { kind }: Service): string {
  const taken = new Set([
    ...store.attachments(app.id).map(({ variable }) => variable),
    ...store.config(app.id).keys(),
  ]);
  return freeVariable(providers.get(kind)?.variable ?? 'SERVICE_URL', taken);
}

function refuseOtherPlan(service: Service, plan: string): void {
  const { kind, version } = parseServicePlan(plan);
  if (kind === service.kind && (version === null || version === service.version)) return;
  throw userError('SERVICE_KIND_FIXED', `Cannot make ${service.name} another: it is ${planName(service)}`, {
    hint: `Create the other with dozen services create, then swap it with dozen services swap ${service.name} OTHER -a APP`,
  });
}

/** Whoever destroys an add-on of an app takes it from that app alone. @throws SERVICE_ATTACHED */
function refuseOthers({ platform: { store } }: ApiContext, { id, name }: Service, app: App | null): void {
  const other = attachedTo(store).find((one) => one.service.id === id && one.app.id !== app?.id);
  if (other === undefined) return;
  throw userError(
    'SERVICE_ATTACHED',
    `Cannot destroy service "${name}": app "${other.app.name}" has it as ${other.variable}`,
    {
      hint: `dozen services detach ${other.variable} -a ${other.app.name}`,
    },
  );
}
