/**
 * What a value is called in one file.
 *
 * ```
 * const env = process.env.NODE_ENV;   env, where it is the same binding
 * const config = { env };             config.env
 * exports.stage = env;                exports.stage
 * const { stage } = exports;          not followed
 * ```
 *
 * All names are sought at once, level by level: one search of the file for each step from name to name.
 */
import {
  calleeOf,
  callWith,
  keyOf,
  kindOf,
  type Node,
  operatorOf,
  same,
  unwrapped,
  unwrappedUp,
  wholeString,
} from './nodes.ts';
import { type Scopes, scopesOf } from './scopes.ts';

/** An expression that has the value of a variable. */
export interface Holder {
  readonly variable: string;
  readonly node: Node;
}

export interface Names {
  /** Every expression that has the value of one of these, themselves first. */
  holders(first: readonly Holder[]): readonly Holder[];
  /** The text that a string, a constant or a member of one has; null: it is none. */
  text(node: Node | null): string | null;
}

/** Code can be written by a program. */
const stepLimit = 8;
const holderLimit = 5_000;
/** Longer ones, of `a || b || …`, are no code of a person. */
export const chainLimit = 20;

export function namesOf(root: Node): Names {
  let made: Scopes | null = null;
  const scopes = (): Scopes => {
    made ??= scopesOf(root);
    return made;
  };
  return {
    holders(first) {
      const found = new Map<number, Holder>();
      let fresh = first;
      for (let step = 0; step <= stepLimit && fresh.length > 0 && found.size < holderLimit; step += 1) {
        for (const holder of fresh) found.set(holder.node.id(), holder);
        const targets = fresh.flatMap(targetOf);
        const uses = targets.length === 0 ? [] : usesOf(root, { targets, scopes: scopes() });
        fresh = uses.filter(({ node }) => !found.has(node.id())).slice(0, holderLimit);
      }
      return [...found.values()];
    },
    text: (node) => textOf(node, scopes),
  };
}

/** The expression that has the same value, but for a fallback, brackets, the kind of value and the size of letters. */
export function valueUp(node: Node): Node {
  let at = unwrappedUp(node);
  for (let step = 0; step < chainLimit; step += 1) {
    const next = sameValueUp(at);
    if (next === null) return at;
    at = unwrappedUp(next);
  }
  return at;
}

function sameValueUp(outer: Node): Node | null {
  const up = outer.parent();
  const kind = kindOf(up);
  if (up === null) return null;
  if (kind === 'binary_expression') return ['??', '||'].includes(operatorOf(up)) ? up : null;
  if (kind === 'ternary_expression') return same(up.field('condition'), outer) ? null : up;
  if (kind === 'arguments') {
    const made = callWith(outer)?.call;
    return made !== undefined && calleeOf(made) === 'String' ? made : null;
  }
  const call = kind === 'member_expression' && same(up.field('object'), outer) ? up.parent() : null;
  const changed =
    call?.kind() === 'call_expression' && /\.(?:toLowerCase|toUpperCase|trim|toString)$/.test(calleeOf(call));
  return changed ? call : null;
}

/** What a value is given to: a name, or a property of something. */
interface Target {
  readonly variable: string;
  /** Where it is given. */
  readonly node: Node;
  /** `this`, `config`, `module.exports`; null: the name alone. */
  readonly object: string | null;
  readonly name: string;
}

function targetOf({ variable, node }: Holder): readonly Target[] {
  const value = valueUp(node);
  const up = value.parent();
  const named = (name: Node | null): readonly Target[] =>
    name !== null && isName(name) ? [{ variable, node: name, object: null, name: name.text() }] : [];
  if (value.kind() === 'assignment_pattern') return named(value.field('left'));
  if (value.kind() === 'shorthand_property_identifier_pattern') return named(value);
  if (value.kind() === 'shorthand_property_identifier') return ofObject(variable, value, value.text());
  switch (kindOf(up)) {
    case 'pair_pattern':
      return named(value);
    case 'variable_declarator':
      return named(up?.field('name') ?? null);
    case 'assignment_expression': {
      const left = up?.field('left') ?? null;
      if (left === null || same(left, value)) return [];
      const object = left.field('object')?.text();
      const name = left.field('property')?.text();
      return object === undefined || name === undefined
        ? named(left)
        : [{ variable, node: left, object, name }];
    }
    case 'assignment_pattern':
    case 'object_assignment_pattern':
      return named(up?.field('left') ?? null);
    case 'required_parameter':
      return named(up?.field('pattern') ?? null);
    case 'pair':
      return up === null || same(up.field('key'), value) ? [] : ofObject(variable, up, keyOf(up));
    case 'field_definition':
    case 'public_field_definition': {
      const name = (up?.field('property') ?? up?.field('name'))?.text();
      return up === null || name === undefined ? [] : [{ variable, node: value, object: 'this', name }];
    }
    default:
      return [];
  }
}

const isName = (node: Node): boolean =>
  ['identifier', 'shorthand_property_identifier_pattern'].includes(kindOf(node));

/** `config.env` of `const config = { env: … }` */
function ofObject(variable: string, part: Node, key: string | null): readonly Target[] {
  const object = part.parent();
  const holder = object === null ? null : unwrappedUp(object).parent();
  const name = holder?.kind() === 'variable_declarator' ? holder.field('name') : null;
  if (name?.kind() !== 'identifier' || key === null) return [];
  return [{ variable, node: name, object: name.text(), name: key }];
}

interface Seeking {
  readonly targets: readonly Target[];
  readonly scopes: Scopes;
}

function usesOf(root: Node, { targets, scopes }: Seeking): readonly Holder[] {
  const byUse = new Map<string, string>();
  for (const { variable, node, object, name } of targets) {
    const scope = scopes.of(node, object ?? name);
    byUse.set(`${scope} ${object ?? ''}.${name}`, variable);
  }
  const own = new Set(targets.map(({ node }) => node.id()));
  const uses = [
    ...nodesNamed(root, targets).map((node) => ({ node, object: null, name: node.text() })),
    ...membersNamed(root, targets),
  ];
  return uses.flatMap(({ node, object, name }) => {
    if (own.has(node.id())) return [];
    const variable = byUse.get(`${scopes.of(node, object ?? name)} ${object ?? ''}.${name}`);
    return variable === undefined ? [] : [{ variable, node }];
  });
}

function nodesNamed(root: Node, targets: readonly Target[]): readonly Node[] {
  const names = targets.filter(({ object }) => object === null).map(({ name }) => name);
  if (names.length === 0) return [];
  const regex = anyOf(names);
  return root.findAll({
    rule: { any: ['identifier', 'shorthand_property_identifier'].map((kind) => ({ kind, regex })) },
  } as never);
}

interface Member {
  readonly node: Node;
  readonly object: string;
  readonly name: string;
}

function membersNamed(root: Node, targets: readonly Target[]): readonly Member[] {
  const wanted = targets.filter(({ object }) => object !== null);
  if (wanted.length === 0) return [];
  const objects = new Set(wanted.map(({ object }) => object));
  return root
    .findAll({
      rule: {
        kind: 'property_identifier',
        regex: anyOf(wanted.map(({ name }) => name)),
        inside: { kind: 'member_expression' },
      },
    } as never)
    .flatMap((property) => {
      const node = property.parent();
      const object = node?.field('object')?.text();
      return node === null || object === undefined || !objects.has(object)
        ? []
        : [{ node, object, name: property.text() }];
    });
}

const anyOf = (names: readonly string[]): string =>
  `^(?:${[...new Set(names)].map((name) => name.replaceAll(/[^\w]/g, (letter) => `\\u{${letter.codePointAt(0)?.toString(16)}}`)).join('|')})$`;

function textOf(node: Node | null, scopes: () => Scopes): string | null {
  if (node === null) return null;
  const inner = unwrapped(node);
  if (inner.kind() === 'identifier') return wholeString(scopes().constant(inner));
  if (inner.kind() !== 'member_expression') return wholeString(inner);
  const object = inner.field('object');
  const whole = object?.kind() === 'identifier' ? scopes().constant(object) : null;
  const key = inner.field('property')?.text();
  const pair = whole?.namedChildren().find((one) => one.kind() === 'pair' && keyOf(one) === key);
  const value = pair?.field('value') ?? null;
  return value === null ? null : wholeString(unwrapped(value));
}
