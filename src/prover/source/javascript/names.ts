/**
 * What a value is called in one file.
 *
 * ```
 * const env = process.env.NODE_ENV;   env, where it is the same binding
 * const config = { env };             config.env
 * exports.stage = env;                exports.stage
 * const { stage } = exports;          not followed
 * ```
 */
import { keyOf, kindOf, type Node, same, unwrapped, unwrappedUp, wholeString } from './nodes.ts';

/** Expressions of one file that are looked at for one value: code can be written by a program. */
const limit = 500;

/**
 * Every expression that has the value of one of these, themselves first.
 *
 * @param valueUp the outermost expression that has the value of another
 */
export function holdersOf(first: readonly Node[], valueUp: (node: Node) => Node): readonly Node[] {
  const found = new Map(first.map((node) => [node.id(), node]));
  for (const node of found.values())
    for (const use of usesOf(valueUp(node))) {
      if (found.size >= limit) return [...found.values()];
      if (!found.has(use.id())) found.set(use.id(), use);
    }
  return [...found.values()];
}

/** Where what an expression is given to is used. */
function usesOf(value: Node): readonly Node[] {
  const target = targetOf(value);
  if (target === null) return [];
  if (isName(target)) return usesOfName(target);
  if (target.kind() === 'member_expression') return usesOfMember(target);
  return usesOfKey(target);
}

const isName = (node: Node): boolean =>
  ['identifier', 'shorthand_property_identifier_pattern'].includes(kindOf(node));

/** A name, a member (`exports.env`), or the part of an object or a class that has the value. */
function targetOf(value: Node): Node | null {
  if (value.kind() === 'assignment_pattern') return nameOrNull(value.field('left'));
  if (/^shorthand_property_identifier/.test(kindOf(value))) return value;
  const up = value.parent();
  switch (kindOf(up)) {
    case 'pair_pattern':
      return up !== null && same(up.field('value'), value) && isName(value) ? value : null;
    case 'variable_declarator':
      return nameOrNull(up?.field('name') ?? null);
    case 'assignment_expression': {
      const left = up?.field('left') ?? null;
      return same(left, value) || left === null
        ? null
        : left.kind() === 'member_expression'
          ? left
          : nameOrNull(left);
    }
    case 'assignment_pattern':
    case 'object_assignment_pattern':
      return nameOrNull(up?.field('left') ?? null);
    case 'required_parameter':
      return nameOrNull(up?.field('pattern') ?? null);
    case 'pair':
      return up !== null && same(up.field('value'), value) ? up : null;
    case 'field_definition':
    case 'public_field_definition':
      return up;
    default:
      return null;
  }
}

const nameOrNull = (node: Node | null): Node | null => (node !== null && isName(node) ? node : null);

function usesOfName(name: Node): readonly Node[] {
  const text = name.text();
  const bindings = bindingsOf(text);
  const own = bindings.of(name);
  return rootOf(name)
    .findAll({
      rule: {
        any: ['identifier', 'shorthand_property_identifier'].map((kind) => ({ kind, regex: exactly(text) })),
      },
    } as never)
    .filter((use) => !same(use, name) && bindings.of(use) === own);
}

function usesOfMember(member: Node): readonly Node[] {
  return membersOf(member.field('object')?.text() ?? '', member.field('property')?.text() ?? '', member);
}

/** `config.env` of `const config = { env: … }`, `this.env` of a class. */
function usesOfKey(part: Node): readonly Node[] {
  const key = part.kind() === 'shorthand_property_identifier' ? part.text() : keyOf(part);
  if (/field_definition$/.test(kindOf(part))) {
    const name = (part.field('property') ?? part.field('name'))?.text() ?? '';
    return membersOf('this', name, part);
  }
  const object = part.parent();
  const holder = object === null ? null : unwrappedUp(object).parent();
  const name = holder?.kind() === 'variable_declarator' ? holder.field('name') : null;
  return name?.kind() === 'identifier' ? membersOf(name.text(), key ?? '', name) : [];
}

function membersOf(object: string, property: string, at: Node): readonly Node[] {
  const bindings = bindingsOf(object);
  const own = bindings.of(at);
  return rootOf(at)
    .findAll({
      rule: { kind: 'member_expression', has: { field: 'property', regex: exactly(property) } },
    } as never)
    .filter((use) => !same(use, at) && use.field('object')?.text() === object && bindings.of(use) === own);
}

const exactly = (text: string): string => `^${text.replaceAll(/[$.()[\]{}*+?\\^|]/g, '\\$&')}$`;

const rootOf = (node: Node): Node => node.getRoot().root();

/** The text that a string, or a constant of this file, has. */
export function textOf(node: Node | null): string | null {
  if (node === null) return null;
  const inner = unwrapped(node);
  const value =
    inner.kind() === 'identifier' || inner.kind() === 'member_expression' ? constantOf(inner) : inner;
  return wholeString(value);
}

/** What a name, or a member of one, was given by its `const`; null: it is no constant. */
function constantOf(node: Node): Node | null {
  if (node.kind() === 'member_expression') {
    const object = node.field('object');
    const whole = object?.kind() === 'identifier' ? constantOf(object) : null;
    const key = node.field('property')?.text();
    const pair = whole?.namedChildren().find((one) => one.kind() === 'pair' && keyOf(one) === key);
    const value = pair?.field('value') ?? null;
    return value === null ? null : unwrapped(value);
  }
  const text = node.text();
  const scope = bindingsOf(text).scopeOf(node);
  const declarator =
    scope === null ? undefined : declaratorsIn(scope).find((one) => one.field('name')?.text() === text);
  const value = declarator?.field('value') ?? null;
  const isConstant = declarator?.parent()?.field('kind')?.text() === 'const';
  return isConstant && value !== null ? unwrapped(value) : null;
}

interface Bindings {
  /** The scope that gives the name its meaning, as it is seen from a node; null: none of this file. */
  scopeOf(node: Node): Node | null;
  of(node: Node): number;
}

function bindingsOf(text: string): Bindings {
  const known = new Map<number, boolean>();
  const binds = (scope: Node): boolean => {
    const before = known.get(scope.id());
    if (before !== undefined) return before;
    const found = boundIn(scope, text);
    known.set(scope.id(), found);
    return found;
  };
  const scopeOf = (node: Node): Node | null => {
    if (text === 'this') return node.ancestors().find((one) => one.kind() === 'class_body') ?? null;
    return node.ancestors().find(binds) ?? null;
  };
  return { scopeOf, of: (node) => scopeOf(node)?.id() ?? -1 };
}

const functions = new Set([
  'function_declaration',
  'function_expression',
  'arrow_function',
  'method_definition',
  'generator_function',
  'generator_function_declaration',
]);

function boundIn(scope: Node, text: string): boolean {
  const kind = kindOf(scope);
  if (functions.has(kind)) return names(scope.field('parameters') ?? scope.field('parameter'), text);
  if (kind === 'catch_clause') return names(scope.field('parameter'), text);
  if (kind !== 'program' && kind !== 'statement_block') return false;
  return declaratorsIn(scope).some((one) => names(one.field('name'), text));
}

const names = (pattern: Node | null, text: string): boolean =>
  pattern !== null &&
  (isName(pattern)
    ? pattern.text() === text
    : pattern.find({
        rule: {
          any: [{ kind: 'identifier' }, { kind: 'shorthand_property_identifier_pattern' }],
          regex: exactly(text),
        },
      } as never) !== null);

/** Of the statements that stand in it by themselves, exported ones too. */
function declaratorsIn(scope: Node): readonly Node[] {
  return scope
    .namedChildren()
    .map((one) => (one.kind() === 'export_statement' ? (one.field('declaration') ?? one) : one))
    .filter((one) => one.kind() === 'lexical_declaration' || one.kind() === 'variable_declaration')
    .flatMap((one) => one.namedChildren())
    .filter((one) => one.kind() === 'variable_declarator');
}
