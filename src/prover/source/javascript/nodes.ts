/** Small questions to a syntax tree of JavaScript or TypeScript. */
import type { SgNode } from '@ast-grep/napi';
import type { Place } from '../hit.ts';
import { shown } from '../hit.ts';

export type Node = SgNode;

/** The grammar's word for it. */
export const kindOf = (node: Node | null): string => String(node?.kind() ?? '');

export const same = (one: Node | null, other: Node): boolean => one !== null && one.id() === other.id();

export interface Word {
  readonly node: Node;
  readonly text: string;
}

/** Names in the code that match. Patterns on names alone are cheap: they are asked of no text that is longer. */
export const wordsIn = (root: Node, regex: string): readonly Word[] =>
  root
    .findAll({
      rule: { any: ['identifier', 'property_identifier'].map((kind) => ({ kind, regex })) },
    } as never)
    .map((node) => ({ node, text: node.text() }));

/** Makes places of a file; its lines are cut once. */
export function placesOf(file: string, text: string): (node: Node) => Place {
  let lines: readonly string[] | null = null;
  return (node) => {
    lines ??= text.split('\n');
    const { line } = node.range().start;
    return { file, line: line + 1, text: shown(lines[line] ?? '') };
  };
}

/** What a string says: whole, or up to its first `${}`. Null: the node is no string. */
export function stringOf(node: Node | null): { readonly value: string; readonly whole: boolean } | null {
  if (node === null || (node.kind() !== 'string' && node.kind() !== 'template_string')) return null;
  let value = '';
  for (const part of node.children()) {
    const kind = part.kind();
    if (kind === 'template_substitution') return { value, whole: false };
    if (kind === 'string_fragment') value += part.text();
    if (kind === 'escape_sequence') value += unescaped(part.text());
  }
  return { value, whole: true };
}

/** The value of a string without `${}`. */
export function wholeString(node: Node | null): string | null {
  const said = stringOf(node);
  return said?.whole === true ? said.value : null;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0', '\n': '' };

function unescaped(text: string): string {
  const code = /^\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\})$/i.exec(text);
  const number = Number.parseInt(code?.[1] ?? code?.[2] ?? code?.[3] ?? '', 16);
  if (number <= 0x10ffff) return String.fromCodePoint(number);
  return escapes[text.slice(1)] ?? text.slice(1);
}

const wrappers = new Set([
  'parenthesized_expression',
  'as_expression',
  'satisfies_expression',
  'non_null_expression',
  'type_assertion',
]);

/** The outermost expression that is this one in brackets or under another type. */
export function unwrappedUp(node: Node): Node {
  let at = node;
  for (let up = at.parent(); up !== null && wrappers.has(kindOf(up)); up = at.parent()) at = up;
  return at;
}

/** The expression within brackets and types. */
export function unwrapped(node: Node): Node {
  let at = node;
  while (wrappers.has(kindOf(at))) {
    const inner = at.namedChildren().find((child) => child.kind() !== 'comment');
    if (inner === undefined) return at;
    at = inner;
  }
  return at;
}

export const operatorOf = (node: Node): string => node.field('operator')?.text() ?? '';

/** What a call or `new` calls, without spaces: `pg.Pool`, `console.log`. */
export function calleeOf(node: Node): string {
  const callee = node.field(node.kind() === 'new_expression' ? 'constructor' : 'function');
  return (callee?.text() ?? '').slice(0, 200).replaceAll(/\s|\?(?=\.)/g, '');
}

/** The call whose argument this is, and at which place. */
export function callWith(argument: Node): { readonly call: Node; readonly index: number } | null {
  const list = argument.parent();
  const call = list?.parent() ?? null;
  if (list === null || call === null || list.kind() !== 'arguments') return null;
  return { call, index: argumentsOf(call).findIndex((one) => same(one, argument)) };
}

export function argumentsOf(call: Node): readonly Node[] {
  const list = call.field('arguments');
  if (list === null || list.kind() !== 'arguments') return [];
  return list.namedChildren().filter((child) => child.kind() !== 'comment');
}

/** The key of a `key: value`. */
export function keyOf(pair: Node): string | null {
  const key = pair.field('key');
  return wholeString(key) ?? key?.text() ?? null;
}
