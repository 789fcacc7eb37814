/** Services as add-ons: their answers, and the plans they are of. */
import type { addonRoutes } from '../../../api/routes/addons.ts';
import type { ReplyOf } from '../../../api/routes/route.ts';
import { DozenError, userError } from '../../../base/error.ts';
import { attachmentName } from '../../../factors/04-backing-services/attachment-name.ts';
import type { Service } from '../../../factors/04-backing-services/service.ts';
import type { ServiceProvider } from '../../../services/provider.ts';
import type { ApiContext } from '../context.ts';
import { show, timeOf, uuidOf } from '../identify.ts';
import { type Attached, attachedTo } from '../identify-service.ts';
import { planName } from './releases.ts';

export type SaidAddon = ReplyOf<(typeof addonRoutes)['GET /addons/:addon']>;
export type SaidAttachment = ReplyOf<(typeof addonRoutes)['GET /addon-attachments/:attachment']>;
type SaidService = ReplyOf<(typeof addonRoutes)['GET /addon-services/:service']>;
type SaidPlan = ReplyOf<(typeof addonRoutes)['GET /plans/:plan']>;

/** Whose an add-on is that no app is attached to: an add-on without an app is none to Heroku's clients. */
export const platformApp = { id: uuidOf('app', 'dozen'), name: 'dozen' };

const price = { cents: 0, contract: false, unit: 'month' };
const generation = { id: uuidOf('generation', 'cedar'), name: 'cedar' };

/** The app that comes first is the one it is counted with. */
export function ownerOf({ platform: { store } }: ApiContext, { id }: Service): typeof platformApp {
  const app = attachedTo(store).find(({ service }) => service.id === id)?.app;
  return app === undefined ? platformApp : { id: app.id, name: app.name };
}

export function addonShape(
  context: ApiContext,
  service: Service,
  { state = 'provisioned' }: { readonly state?: SaidAddon['state'] } = {},
): SaidAddon {
  const app = ownerOf(context, service);
  const plan = planName(service);
  return {
    actions: [],
    addon_service: addonServiceRef(service.kind),
    app,
    billed_price: price,
    billing_entity: { ...app, type: 'app' },
    config_vars: attachedTo(context.platform.store)
      .filter((one) => one.service.id === service.id && one.app.id === app.id)
      .map(({ variable }) => variable),
    created_at: timeOf(service.createdAt),
    id: service.id,
    name: service.name,
    plan: { id: uuidOf('plan', plan), name: plan },
    provider_id: service.id,
    provision_message: '',
    state,
    updated_at: timeOf(service.createdAt),
    web_url: null,
  };
}

export function attachmentShape(context: ApiContext, attached: Attached): SaidAttachment {
  const { id, app, service, variable } = attached;
  return {
    addon: { id: service.id, name: service.name, app: ownerOf(context, service) },
    app: { id: app.id, name: app.name },
    created_at: timeOf(service.createdAt),
    id,
    name: attachmentName(variable),
    namespace: null,
    updated_at: timeOf(service.createdAt),
    web_url: null,
    log_input_url: null,
  };
}

/** The names under which Heroku's clients ask for the kinds. */
const aliases: Readonly<Record<string, string>> = {
  postgresql: 'postgres',
  'heroku-postgresql': 'postgres',
  'heroku-redis': 'redis',
};

export interface Offer {
  readonly service: SaidService;
  readonly plans: readonly SaidPlan[];
}

/** What this platform can provide on this machine. */
export function offers({ platform: { providers } }: ApiContext): readonly Offer[] {
  return [...providers.values()].flatMap((provider) => {
    const versions = versionsOf(provider);
    return versions === null ? [] : [offerOf(provider, versions)];
  });
}

/** @throws SERVICE_KIND_UNKNOWN */
export function requireOffer(context: ApiContext, idOrName: string): Offer {
  const wanted = aliases[idOrName] ?? idOrName;
  const found = offers(context).find(({ service }) => service.name === wanted || service.id === wanted);
  if (found !== undefined) return found;
  throw userError(
    'SERVICE_KIND_UNKNOWN',
    `Cannot provide ${show(idOrName)}: no provider of this platform has it`,
    {
      hint: `Use one of ${[...context.platform.providers.keys()].join(', ')}`,
    },
  );
}

/** A price plan, which Dozen has none of, is its kind's first. @throws SERVICE_VERSION_UNKNOWN */
export function requirePlan({ plans }: Offer, idOrName: string): SaidPlan {
  const version = /^[a-z]+:(\d+)$/.exec(idOrName)?.[1] ?? (/^\d+$/.test(idOrName) ? idOrName : null);
  const [first] = plans;
  const found =
    plans.find(({ id, name }) => id === idOrName || name === idOrName || name.endsWith(`:${version}`)) ??
    (version === null ? first : undefined);
  if (found !== undefined) return found;
  throw userError('SERVICE_VERSION_UNKNOWN', `Cannot provide ${show(idOrName)}: there is no such plan`, {
    hint: `Use one of ${plans.map(({ name }) => name).join(', ')}`,
  });
}

function versionsOf(provider: ServiceProvider): readonly string[] | null {
  try {
    return provider.versions;
  } catch (error) {
    if (error instanceof DozenError && error.code === 'SERVICE_KIND_UNAVAILABLE') return null;
    throw error;
  }
}

function addonServiceRef(kind: string): { readonly id: string; readonly name: string } {
  return { id: uuidOf('addon-service', kind), name: kind };
}

function offerOf({ kind }: ServiceProvider, versions: readonly string[]): Offer {
  const ref = addonServiceRef(kind);
  const service: SaidService = {
    cli_plugin_name: null,
    created_at: timeOf(0),
    human_name: kind,
    ...ref,
    state: 'ga',
    supports_multiple_installations: true,
    supports_sharing: true,
    updated_at: timeOf(0),
    supported_generations: [generation],
  };
  const named = versions.length === 0 ? [kind] : versions.map((version) => `${kind}:${version}`);
  return { service, plans: named.map((name, at) => planShape(name, { ref, isDefault: at === 0 })) };
}

function planShape(
  name: string,
  { ref, isDefault }: { readonly ref: SaidPlan['addon_service']; readonly isDefault: boolean },
): SaidPlan {
  return {
    addon_service: ref,
    created_at: timeOf(0),
    compliance: null,
    default: isDefault,
    description: name,
    human_name: name,
    id: uuidOf('plan', name),
    installable_inside_private_network: false,
    installable_outside_private_network: true,
    name,
    price,
    space_default: false,
    state: 'public',
    updated_at: timeOf(0),
    visible: true,
  };
}
