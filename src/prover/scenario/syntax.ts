/** Small questions to a parsed file of JavaScript. */
import type { SgNode } from '@ast-grep/napi';

/** What names of a file stand for: values of its variables, and its functions. */
export type Declared = ReadonlyMap<string, SgNode>;

export function valuesIn(root: SgNode): Declared {
  const named = (kind: string, value: (node: SgNode) => SgNode | null): (readonly [string, SgNode])[] =>
    nodesOf(root, kind).flatMap((node) => {
      const [name, given] = [node.field('name'), value(node)];
      return name === null || given === null ? [] : [[name.text(), given] as const];
    });
  return new Map([
    ...named('variable_declarator', (node) => node.field('value')),
    ...named('function_declaration', (node) => node),
  ]);
}

export function nodesOf(root: SgNode, kind: string): readonly SgNode[] {
  return root.findAll({ rule: { kind } });
}

export interface Call {
  /** `database.query` of `database.query(…)`. */
  readonly callee: string;
  readonly given: readonly SgNode[];
}

export function callsIn(root: SgNode): readonly Call[] {
  return nodesOf(root, 'call_expression').map((call) => ({
    callee: shortText(call.field('function')),
    given: givenTo(call),
  }));
}

export function givenTo(call: SgNode): readonly SgNode[] {
  return (
    call
      .field('arguments')
      ?.children()
      .filter((child) => child.isNamed() && child.kind() !== 'comment') ?? []
  );
}

export function stringOf(node: SgNode | null | undefined): string | null {
  if (node?.kind() !== 'string') return null;
  const text = node.text().slice(1, -1);
  return text.includes('\\') ? null : text;
}

/** The key of a pair, without quotes. */
export function keyOf(pair: SgNode): string {
  const key = pair.field('key');
  return stringOf(key) ?? key?.text() ?? '';
}

/** Without spaces but for those between words; of what is long only how it begins. */
export function shortText(node: SgNode | null | undefined): string {
  return (node?.text() ?? '').slice(0, 300).replaceAll(/\s*([^\w\s])\s*/g, '$1');
}

export function sizeOf(node: SgNode): number {
  const { start, end } = node.range();
  return end.index - start.index;
}

/** Made when it is asked for. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
