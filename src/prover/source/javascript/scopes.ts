/** Which binding of a name an expression sees: blocks, functions and classes as ranges of the text, each with the names it binds. */
import { kindOf, type Node, unwrapped } from './nodes.ts';

export interface Scopes {
  /** The scope that gives a name its meaning where a node stands; -1: none of this file. Of `a.b` the name is `a`. */
  of(node: Node, name: string): number;
  /** What a name was given by its `const`; null: it is no constant. */
  constant(name: Node): Node | null;
}

interface Scope {
  readonly id: number;
  readonly node: Node;
  readonly start: number;
  readonly end: number;
  readonly outer: Scope | null;
  bound: ReadonlyMap<string, Node | null> | null;
}

const functions = [
  'function_declaration',
  'function_expression',
  'arrow_function',
  'method_definition',
  'generator_function',
  'generator_function_declaration',
];
const kinds = [...functions, 'statement_block', 'catch_clause', 'class_body'];

export function scopesOf(root: Node): Scopes {
  let scopes: readonly Scope[] | null = null;
  const seenFrom = (node: Node, name: string): Scope | null => {
    scopes ??= nested([root, ...root.findAll({ rule: { any: kinds.map((kind) => ({ kind })) } } as never)]);
    let scope = innermost(scopes, node.range().start.index);
    while (scope !== null && !binds(scope, name)) scope = scope.outer;
    return scope;
  };
  return {
    of: (node, name) => seenFrom(node, name.split('.', 1).join())?.id ?? -1,
    constant(name) {
      const value = seenFrom(name, name.text())?.bound?.get(name.text()) ?? null;
      return value === null ? null : unwrapped(value);
    },
  };
}

/** In order of their beginnings, the outer of two before the inner. */
function nested(nodes: readonly Node[]): readonly Scope[] {
  const ranges = nodes
    .map((node) => ({ node, start: node.range().start.index, end: node.range().end.index }))
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const scopes: Scope[] = [];
  let outer: Scope | null = null;
  for (const { node, start, end } of ranges) {
    while (outer !== null && outer.end <= start) outer = outer.outer;
    outer = { id: scopes.length, node, start, end, outer, bound: null };
    scopes.push(outer);
  }
  return scopes;
}

function innermost(scopes: readonly Scope[], at: number): Scope | null {
  let low = 0;
  let high = scopes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((scopes[middle]?.start ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  let scope = scopes[low - 1] ?? null;
  while (scope !== null && scope.end <= at) scope = scope.outer;
  return scope;
}

function binds(scope: Scope, name: string): boolean {
  if (name === 'this') return scope.node.kind() === 'class_body';
  scope.bound ??= boundIn(scope.node);
  return scope.bound.has(name);
}

/** Each name with the value of its `const`. */
function boundIn(scope: Node): ReadonlyMap<string, Node | null> {
  const kind = kindOf(scope);
  if (functions.includes(kind) || kind === 'catch_clause')
    return withoutValues(scope.field('parameters') ?? scope.field('parameter'));
  if (kind === 'class_body') return new Map();
  return new Map(
    declaratorsIn(scope).flatMap(({ node, isConstant }) => {
      const name = node.field('name');
      if (name?.kind() !== 'identifier') return [...withoutValues(name)];
      return [[name.text(), isConstant ? node.field('value') : null] as const];
    }),
  );
}

function withoutValues(pattern: Node | null): ReadonlyMap<string, Node | null> {
  if (pattern === null) return new Map();
  const inside = pattern.findAll({
    rule: { any: [{ kind: 'identifier' }, { kind: 'shorthand_property_identifier_pattern' }] },
  } as never);
  return new Map(inside.map((node) => [node.text(), null]));
}

interface Declarator {
  readonly node: Node;
  readonly isConstant: boolean;
}

/** Of the statements that stand in it by themselves, exported ones too. */
function declaratorsIn(scope: Node): readonly Declarator[] {
  return scope
    .namedChildren()
    .map((one) => (one.kind() === 'export_statement' ? (one.field('declaration') ?? one) : one))
    .filter((one) => ['lexical_declaration', 'variable_declaration'].includes(kindOf(one)))
    .flatMap((declaration) => {
      const isConstant = declaration.field('kind')?.text() === 'const';
      return declaration
        .namedChildren()
        .filter((one) => one.kind() === 'variable_declarator')
        .map((node) => ({ node, isConstant }));
    });
}
