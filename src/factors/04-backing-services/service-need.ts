import { userError } from '../../base/error.ts';
import {
  documentPlace,
  fields,
  list,
  mismatch,
  optional,
  type Place,
  refuse,
  type Shape,
  text,
} from '../../base/shape.ts';
import { variableName } from '../03-config/variable-need.ts';
import type { ServiceNeed } from './service.ts';

/**
 * The `addons` section of app.json. An entry is a text or `{ "plan", "as", "options": { "version" } }`:
 *
 * | entry                                  | kind       | version | variable       |
 * |----------------------------------------|------------|---------|----------------|
 * | `postgres`                             | postgres   | any     | DATABASE_URL   |
 * | `postgres:18`                          | postgres   | 18      | DATABASE_URL   |
 * | `heroku-postgresql:essential-0`        | postgres   | any     | DATABASE_URL   |
 * | `{ "plan": "redis:8", "as": "CACHE" }` | redis      | 8       | CACHE_URL      |
 * | `mysql:8`                              | mysql      | 8       | MYSQL_URL      |
 * | `jawsdb:kitefin`                       | mysql      | any     | JAWSDB_URL     |
 * | `rabbitmq:3`                           | rabbitmq   | 3       | RABBITMQ_URL   |
 * | `cloudamqp:lemur`                      | rabbitmq   | any     | CLOUDAMQP_URL  |
 * | `papertrail:choklad`                   | papertrail | any     | PAPERTRAIL_URL |
 *
 * A price plan is left out: it names what a vendor sells. Whether there is a provider for a kind is not decided here.
 */
export const serviceNeeds: Shape<readonly ServiceNeed[]> = (value, place) => {
  const needs = list(serviceNeed)(value, place);
  for (const [index, need] of needs.entries()) {
    const first = needs.findIndex((other) => other.variable === need.variable);
    if (first === index) continue;
    throw refuse(
      place,
      `entries ${first} and ${index} both give ${need.variable}; name one of them with "as"`,
    );
  }
  return needs;
};

/** As a person writes it, e.g. `postgres:18` or `heroku-postgresql:essential-0`. @throws SERVICE_PLAN_INVALID */
export function parseServicePlan(plan: string): ServiceNeed {
  const place = documentPlace((complaint) =>
    userError('SERVICE_PLAN_INVALID', `Cannot read ${JSON.stringify(plan.slice(0, 80))}: ${complaint}`, {
      hint: 'Name a kind, and its major version where it matters, such as postgres:18',
    }),
  );
  return serviceNeed(plan, place);
}

/** The names a kind goes by, and what follows the colon there. */
const names: ReadonlyMap<string, { readonly kind: string; readonly detail: 'version' | 'price plan' }> =
  new Map([
    ['postgres', { kind: 'postgres', detail: 'version' }],
    ['postgresql', { kind: 'postgres', detail: 'version' }],
    ['heroku-postgresql', { kind: 'postgres', detail: 'price plan' }],
    ['redis', { kind: 'redis', detail: 'version' }],
    ['heroku-redis', { kind: 'redis', detail: 'price plan' }],
    ['mysql', { kind: 'mysql', detail: 'version' }],
    ['mariadb', { kind: 'mysql', detail: 'version' }],
    ['jawsdb', { kind: 'mysql', detail: 'price plan' }],
    ['jawsdb-maria', { kind: 'mysql', detail: 'price plan' }],
    ['cleardb', { kind: 'mysql', detail: 'price plan' }],
    ['rabbitmq', { kind: 'rabbitmq', detail: 'version' }],
    ['cloudamqp', { kind: 'rabbitmq', detail: 'price plan' }],
  ]);

/** Of those that are not called after the name in `app.json`. */
const variables: ReadonlyMap<string, string> = new Map([
  ['postgres', 'DATABASE_URL'],
  ['postgresql', 'DATABASE_URL'],
  ['heroku-postgresql', 'DATABASE_URL'],
  ['cleardb', 'CLEARDB_DATABASE_URL'],
]);

const planText = text(
  'a service such as "postgres" or "postgres:18"',
  (plan) => plan.length <= 200 && /^[a-z][a-z0-9-]*(?::[A-Za-z0-9._-]+)?$/.test(plan),
);

const prefixText = text('a name such as "BLUE"', (name) => /^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(name));

const attachmentEntry = fields(
  {
    plan: planText,
    as: optional(prefixText, null),
    options: optional(
      fields({ version: optional(text('a version such as "18"', isVersion), null) }, { others: 'ignored' }),
      { version: null },
    ),
  },
  { others: 'ignored' },
);

function serviceNeed(value: unknown, place: Place): ServiceNeed {
  const { plan, as, options } =
    typeof value === 'string'
      ? { plan: planText(value, place), as: null, options: { version: null } }
      : attachmentEntry(value, place);
  const { name, kind, version } = parsePlan(plan, place);
  return {
    kind,
    version: version ?? options.version?.split('.')[0] ?? null,
    variable: variableName(variableOf(name, as), place),
  };
}

interface Plan extends Pick<ServiceNeed, 'kind' | 'version'> {
  /** What stands before the colon. */
  readonly name: string;
}

function parsePlan(plan: string, place: Place): Plan {
  const [name = '', rest] = plan.split(':');
  const { kind, detail } = names.get(name) ?? { kind: name, detail: 'price plan' };
  if (rest === undefined || detail === 'price plan') return { name, kind, version: null };
  if (/^[1-9][0-9]{0,2}$/.test(rest)) return { name, kind, version: rest };
  throw mismatch(place, { expected: `a major version after "${name}:"`, got: rest });
}

function isVersion(candidate: string): boolean {
  return /^[1-9][0-9]{0,2}(?:\.[0-9]{1,3}){0,2}$/.test(candidate);
}

/** @param name what stands before the colon of its plan @param as its prefix, where one is given */
export function variableOf(name: string, as: string | null): string {
  if (as !== null) return `${as.toUpperCase()}_URL`;
  const own = name.replace(/^heroku-/, '');
  return variables.get(name) ?? `${own.replaceAll('-', '_').toUpperCase()}_URL`;
}
