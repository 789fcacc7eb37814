/** Backing services as Heroku speaks of them: add-ons of plans, attachments, and what there is to choose from. */
import Type from 'typebox';
import type { Catalogue } from './route.ts';
import {
  appRef,
  choice,
  exact,
  integer,
  lenient,
  list,
  nameRef,
  nullable,
  optional,
  table,
  text,
  texts,
  time,
  truth,
  uuid,
} from './shapes.ts';

const price = exact({ cents: integer, contract: truth, unit: text });

export const addon = exact({
  actions: list(exact({})),
  addon_service: nameRef,
  app: appRef,
  billed_price: price,
  billing_entity: exact({ id: uuid, name: text, type: text }),
  config_vars: texts,
  created_at: time,
  id: uuid,
  name: text,
  plan: nameRef,
  provider_id: text,
  provision_message: text,
  state: choice(['provisioning', 'provisioned', 'deprovisioned']),
  updated_at: time,
  web_url: nullable(text),
});

export const attachment = exact({
  addon: exact({ id: uuid, name: text, app: appRef }),
  app: appRef,
  created_at: time,
  id: uuid,
  name: text,
  namespace: nullable(text),
  updated_at: time,
  web_url: nullable(text),
  log_input_url: nullable(text),
});

const addonService = exact({
  cli_plugin_name: nullable(text),
  created_at: time,
  human_name: text,
  id: uuid,
  name: text,
  state: text,
  supports_multiple_installations: truth,
  supports_sharing: truth,
  updated_at: time,
  supported_generations: list(nameRef),
});

const plan = exact({
  addon_service: nameRef,
  created_at: time,
  compliance: nullable(texts),
  default: truth,
  description: text,
  human_name: text,
  id: uuid,
  installable_inside_private_network: truth,
  installable_outside_private_network: truth,
  name: text,
  price,
  space_default: truth,
  state: text,
  updated_at: time,
  visible: truth,
});

/** By name or id; the official CLI sends `{"name": …}` where the schema has a text. */
const named = Type.Union([text, lenient({ name: optional(text), id: optional(text) })]);

export const addonRoutes = {
  'GET /addons': { need: 'read', status: 200, reply: list(addon) },
  'GET /addons/:addon': { need: 'read', status: 200, reply: addon },
  'GET /apps/:app/addons': { need: 'read', status: 200, reply: list(addon) },
  'GET /apps/:app/addons/:addon': { need: 'read', status: 200, reply: addon },
  'POST /apps/:app/addons': {
    need: 'write',
    body: lenient({
      plan: named,
      name: optional(nullable(text)),
      attachment: optional(nullable(lenient({ name: optional(nullable(text)) }))),
      config: optional(nullable(table(Type.Unknown()))),
    }),
    status: 201,
    reply: addon,
  },
  'PATCH /apps/:app/addons/:addon': {
    need: 'write',
    body: lenient({ name: optional(text), plan: optional(named) }),
    status: 200,
    reply: addon,
  },
  /** Takes it away from the app, and ends it with its data. */
  'DELETE /apps/:app/addons/:addon': { need: 'write', status: 200, reply: addon },
  'POST /actions/addons/resolve': {
    need: 'read',
    body: lenient({
      addon: text,
      app: optional(nullable(text)),
      addon_service: optional(nullable(text)),
    }),
    status: 200,
    reply: list(addon),
  },
  'GET /addon-attachments': { need: 'read', status: 200, reply: list(attachment) },
  'GET /addon-attachments/:attachment': { need: 'read', status: 200, reply: attachment },
  'GET /addons/:addon/addon-attachments': { need: 'read', status: 200, reply: list(attachment) },
  'GET /apps/:app/addon-attachments': { need: 'read', status: 200, reply: list(attachment) },
  'GET /apps/:app/addon-attachments/:attachment': { need: 'read', status: 200, reply: attachment },
  'POST /addon-attachments': {
    need: 'write',
    body: lenient({
      addon: named,
      app: named,
      name: optional(nullable(text)),
      namespace: optional(nullable(text)),
    }),
    status: 201,
    reply: attachment,
  },
  'DELETE /addon-attachments/:attachment': { need: 'write', status: 200, reply: attachment },
  'POST /actions/addon-attachments/resolve': {
    need: 'read',
    body: lenient({
      addon_attachment: text,
      app: optional(nullable(text)),
      addon_service: optional(nullable(text)),
    }),
    status: 200,
    reply: list(attachment),
  },
  'GET /addon-services': { need: 'read', status: 200, reply: list(addonService) },
  'GET /addon-services/:service': { need: 'read', status: 200, reply: addonService },
  'GET /addon-services/:service/plans': { need: 'read', status: 200, reply: list(plan) },
  'GET /addon-services/:service/plans/:plan': { need: 'read', status: 200, reply: plan },
  'GET /plans/:plan': { need: 'read', status: 200, reply: plan },
} as const satisfies Catalogue;
