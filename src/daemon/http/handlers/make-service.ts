/** Makes a service and, when an app is named, attaches it: two verbs, one change, one release. */
import { userError } from '../../../base/error.ts';
import { type App, appNameFrom } from '../../../factors/01-codebase/app.ts';
import { Secret } from '../../../factors/03-config/secret.ts';
import { attachmentName, freeVariable } from '../../../factors/04-backing-services/attachment-name.ts';
import type { Service, ServiceNeed } from '../../../factors/04-backing-services/service.ts';
import { freeServiceName, parseServiceName } from '../../../factors/04-backing-services/service-name.ts';
import { parseServicePlan } from '../../../factors/04-backing-services/service-need.ts';
import { attachService } from '../../../platform/attach-service.ts';
import { createService } from '../../../platform/create-service.ts';
import type { Caller } from '../admission.ts';
import type { ReplyHead } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { announce } from './announce.ts';
import { note } from './service-shape.ts';

export interface Wanted {
  /** As a person writes it. */
  readonly plan: string;
  /** Null: one that tells whose it is. */
  readonly name: string | null;
  readonly url: string | null;
  readonly app: App | null;
  /** Null: its kind's own. */
  readonly variable: string | null;
}

type Begun = { readonly reply: ReplyHead; readonly caller: Caller };

export async function makeService(context: ApiContext, call: Begun, wanted: Wanted): Promise<Service> {
  const { platform } = context;
  const need = parseServicePlan(wanted.plan);
  const { app, url } = wanted;
  refuseUrl(need, url);
  const variable = app === null ? null : variableFor(context, app, { wanted, need });
  const name =
    wanted.name === null ? nameFor(context, { app, need, variable }) : parseServiceName(wanted.name);
  const order = { name, kind: need.kind, version: need.version, url: url === null ? null : new Secret(url) };
  const { caller } = call;
  let made: Service | null = null;
  await announce(context, call, async (telling) => {
    const service = await createService(platform, order, telling);
    made = service;
    note(context, { caller, verb: 'service.create', service });
    if (app === null || variable === null) return;
    const attaching = { app, service, variable, actor: caller.account.email };
    note(context, { caller, verb: 'service.attach', service, appId: app.id, more: { variable } });
    await attachService(platform, attaching, telling);
  });
  if (made === null) throw new TypeError('a service that was made is not there');
  return made;
}

function refuseUrl({ kind }: ServiceNeed, url: string | null): void {
  if ((kind === 'url') === (url !== null)) return;
  throw url === null
    ? userError('SERVICE_URL_MISSING', 'Cannot create a url service: its URL is not given', {
        hint: 'dozen services create url --name NAME --url-stdin',
      })
    : userError('SERVICE_MANAGED', `Cannot create a ${kind} by a URL: Dozen makes and runs it`, {
        hint: 'Use the kind url for a service that somebody else runs',
      });
}

/** One that was asked for as it is, even when it is taken: then the attachment is refused. */
function variableFor(
  { platform: { store, providers } }: ApiContext,
  app: App,
  { wanted, need }: { readonly wanted: Wanted; readonly need: ServiceNeed },
): string {
  if (wanted.variable !== null) return wanted.variable;
  const taken = new Set([
    ...store.attachments(app.id).map(({ variable }) => variable),
    ...store.config(app.id).keys(),
  ]);
  return freeVariable(providers.get(need.kind)?.variable ?? need.variable, taken);
}

function nameFor(
  { platform: { store } }: ApiContext,
  {
    app,
    need,
    variable,
  }: { readonly app: App | null; readonly need: ServiceNeed; readonly variable: string | null },
): string {
  const taken = new Set(store.services().map(({ name }) => name));
  if (app === null || variable === null) return freeServiceName(need.kind, taken);
  return freeServiceName(`${app.name}-${appNameFrom(attachmentName(variable))}`, taken);
}
