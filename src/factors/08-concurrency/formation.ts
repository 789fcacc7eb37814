/**
 * How many processes of each type an app wants.
 *
 * ```
 * Procfile's types ─┐
 * app.json's counts ┼─► fitFormation ──► formation ◄── scale (web=3 worker+1)
 * formation so far ─┘
 * ```
 * A type keeps its quantity from release to release. A type that is new begins with what app.json says of it, else with
 * 1 for `web` and 0 for any other; an app that has no `web` begins with 1 of its first type, so that something runs.
 */
import { type DozenError, userError } from '../../base/error.ts';
import { fields, integer, optional, type Shape, table, text } from '../../base/shape.ts';
import { processType } from '../05-build-release-run/process-type.ts';

/** Processes by type. Read with `quantityOf` where a type's name comes from outside. */
export type Formation = Readonly<Record<string, number>>;

/** Processes of one type. */
export const quantityLimit = 100;

/** The `formation` section of app.json. `size` is a price plan and left out. */
export const declaredFormation: Shape<Formation> = (value, place) =>
  formationOf([...declaredTypes(value, place)].map(([type, { quantity }]) => [type, quantity]));

const declaredTypes = table(
  processType,
  fields(
    { quantity: optional(integer({ min: 0, max: quantityLimit }), 1), size: optional(text(), null) },
    { others: 'ignored' },
  ),
);

/**
 * The formation for a build that has the process types `types`, in the order of its Procfile.
 * @throws FORMATION_TYPE_UNKNOWN when `declared` names a type that the build lacks
 */
export function fitFormation(
  types: readonly string[],
  { current, declared }: { readonly current: Formation; readonly declared: Formation },
): Formation {
  for (const type of Object.keys(declared)) if (!types.includes(type)) throw unknownType(type, types);
  const fallback = types.includes('web') ? 'web' : types[0];
  return formationOf(
    types.map((type) => [
      type,
      quantityOf(current, type) ?? quantityOf(declared, type) ?? (type === fallback ? 1 : 0),
    ]),
  );
}

/** Null for a type the formation does not name. */
export function quantityOf(formation: Formation, type: string): number | null {
  return Object.hasOwn(formation, type) ? (formation[type] ?? null) : null;
}

/** One wish of a person: `web=3` sets, `web+1` and `web-1` add. */
export interface Scaling {
  readonly type: string;
  readonly kind: 'set' | 'add';
  /** Negative for `web-1`. */
  readonly quantity: number;
}

/** @throws SCALING_INVALID */
export function parseScaling(text: string): Scaling {
  const match = /^([A-Za-z0-9_-]{1,63})([=+-])([0-9]{1,3})$/.exec(text);
  if (match === null) {
    throw userError(
      'SCALING_INVALID',
      `Cannot scale to ${JSON.stringify(text.slice(0, 80))}: not a quantity`,
      {
        hint: 'Write type=quantity, type+more or type-less, for example web=3',
      },
    );
  }
  const [, type = '', operator, digits] = match;
  const quantity = Number(digits);
  if (operator === '=') return { type, kind: 'set', quantity };
  return { type, kind: 'add', quantity: operator === '-' ? -quantity : quantity };
}

/**
 * The formation after all of `scalings`, in their order; none of them when one is refused.
 * @throws FORMATION_TYPE_UNKNOWN, FORMATION_OUT_OF_BOUNDS
 */
export function scale(formation: Formation, scalings: readonly Scaling[]): Formation {
  const quantities = new Map(Object.entries(formation));
  for (const scaling of scalings) {
    const before = quantities.get(scaling.type);
    if (before === undefined) throw unknownType(scaling.type, [...quantities.keys()]);
    quantities.set(scaling.type, scaled(before, scaling));
  }
  return formationOf([...quantities]);
}

function scaled(before: number, { type, kind, quantity }: Scaling): number {
  const after = kind === 'set' ? quantity : before + quantity;
  if (after >= 0 && after <= quantityLimit) return after;
  throw userError(
    'FORMATION_OUT_OF_BOUNDS',
    `Cannot scale ${type} from ${before} to ${after}: a process type has from 0 to ${quantityLimit} processes`,
    { hint: `Ask for a quantity within the bounds, for example ${type}=${after < 0 ? 0 : quantityLimit}` },
  );
}

function unknownType(type: string, types: readonly string[]): DozenError {
  const known = types.length === 0 ? 'none' : types.join(', ');
  return userError(
    'FORMATION_TYPE_UNKNOWN',
    `Cannot scale ${JSON.stringify(type.slice(0, 80))}: the app has no such process type`,
    { hint: `Use one of its process types (${known}), or add a line for it to Procfile` },
  );
}

/** Without a prototype: any process type is an ordinary key. */
function formationOf(quantities: readonly (readonly [string, number])[]): Formation {
  const formation: Record<string, number> = Object.create(null);
  for (const [type, quantity] of quantities) formation[type] = quantity;
  return formation;
}
