/** Which modules a file asks for. */
import type { ImportHit } from '../hit.ts';
import type { Asked } from '../language.ts';
import type { View } from './environment.ts';
import { argumentsOf, kindOf, type Node, same, wholeString } from './nodes.ts';

const keyword = /\b(?:from|import|require)\b/g;
/** What follows a keyword: the module's name, or a comment before it. */
const continuation = /\s*(?:\.\s*resolve\b\s*)?(?:\?\.\s*)?(?:\(\s*)?(?:['"`]([^'"`\n]{1,300})|\/[*/])/y;

/** Whether the bytes have something like an import that is asked for. What cannot be told by bytes may be one. */
export function mayImport(bytes: string, file: string, asked: Asked): boolean {
  keyword.lastIndex = 0;
  while (keyword.test(bytes)) {
    continuation.lastIndex = keyword.lastIndex;
    const found = continuation.exec(bytes);
    if (found === null) continue;
    const specifier = found[1];
    if (specifier === undefined || /[\\\x80-\xff]/.test(specifier) || asked.import(specifier, file))
      return true;
  }
  return false;
}

const rule = {
  rule: {
    any: [
      { kind: 'import_statement' },
      { kind: 'export_statement', has: { field: 'source', kind: 'string' } },
      {
        kind: 'call_expression',
        has: { field: 'function', regex: '^(import|require(\\s*\\.\\s*resolve)?)$' },
      },
    ],
  },
};

export function importsIn({ root, file, placeOf }: View, asked: Asked): readonly ImportHit[] {
  return root.findAll(rule).flatMap((node) => {
    const specifier = specifierOf(node);
    if (specifier === null || !asked.import(specifier, file) || inType(node)) return [];
    return [
      {
        kind: 'import',
        specifier,
        optional: isOptional(node),
        typeOnly: isTypeOnly(node, root, file),
        at: placeOf(node),
      },
    ];
  });
}

function specifierOf(node: Node): string | null {
  if (node.kind() === 'call_expression') return wholeString(argumentsOf(node)[0] ?? null);
  const direct = wholeString(node.field('source'));
  if (direct !== null) return direct;
  const required = node.children().find((child) => child.kind() === 'import_require_clause');
  return wholeString(required?.children().find((child) => child.kind() === 'string') ?? null);
}

const types = new Set([
  'type_annotation',
  'type_alias_declaration',
  'type_arguments',
  'type_query',
  'interface_body',
]);
const casts = new Set(['as_expression', 'satisfies_expression']);

/** `let x: import('y').Z`, `x as import('y').Z` */
function inType(node: Node): boolean {
  if (node.kind() !== 'call_expression') return false;
  let below = node;
  for (const up of node.ancestors()) {
    const kind = kindOf(up);
    if (types.has(kind) || (casts.has(kind) && !same(up.child(0), below))) return true;
    if (kind.endsWith('statement') || kind === 'statement_block' || kind === 'arguments') return false;
    below = up;
  }
  return false;
}

/** Whether it stands in the body of a `try` that catches, or its promise is caught at once. */
function isOptional(node: Node): boolean {
  if (node.kind() !== 'call_expression') return false;
  const member = node.parent();
  if (member?.kind() === 'member_expression' && member.field('property')?.text() === 'catch') return true;
  return node.ancestors().some((ancestor) => {
    const up = ancestor.parent();
    return (
      up?.kind() === 'try_statement' &&
      up.field('body')?.id() === ancestor.id() &&
      up.field('handler') !== null
    );
  });
}

/** Written as types, or, in TypeScript, never used as anything else: the compiler leaves such an import out. */
function isTypeOnly(node: Node, root: Node, file: string): boolean {
  if (node.kind() === 'call_expression') return false;
  if (node.children().some((child) => child.kind() === 'type')) return true;
  if (node.kind() !== 'import_statement' || !/\.[cm]?tsx?$/i.test(file)) return false;
  const clause = node.children().find((child) => child.kind() === 'import_clause');
  if (clause === undefined) return false;
  const names = namesBound(clause);
  return names.every((name) => !usedAsValue(name, root, node));
}

/** The names that a clause binds to values; none for `{ type A }`. */
function namesBound(clause: Node): readonly string[] {
  return clause.namedChildren().flatMap((part): readonly string[] => {
    if (part.kind() === 'identifier') return [part.text()];
    if (part.kind() === 'namespace_import') return part.namedChildren().map((name) => name.text());
    return part
      .namedChildren()
      .filter((one) => one.kind() === 'import_specifier')
      .filter((one) => one.children().every((child) => child.kind() !== 'type'))
      .map((one) => (one.field('alias') ?? one.field('name'))?.text() ?? '');
  });
}

function usedAsValue(name: string, root: Node, statement: Node): boolean {
  const { start, end } = statement.range();
  const exact = `^${name.replaceAll('$', '\\$')}$`;
  return root
    .findAll({
      rule: {
        any: ['identifier', 'shorthand_property_identifier'].map((kind) => ({
          kind,
          regex: exact,
        })),
      },
    } as never)
    .some((use) => {
      const at = use.range().start.index;
      return (at < start.index || at >= end.index) && !inTypePosition(use);
    });
}

/** `Namespace.Type` in a type is written with identifiers. */
const inTypePosition = (use: Node): boolean =>
  ['nested_type_identifier', 'nested_identifier', 'type_query'].includes(kindOf(use.parent())) &&
  use.ancestors().some((up) => ['nested_type_identifier', 'type_query'].includes(kindOf(up)));
