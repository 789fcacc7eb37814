/** Small questions to a parsed file of JavaScript. */
import type { SgNode } from '@ast-grep/napi';

/** What names of a file stand for: values of its variables, and its functions. */
export type Declared = ReadonlyMap<string, SgNode>;

export function valuesIn(root: SgNode): Declared {
  const named = (kind: string, value: (node: SgNode) => SgNode | null): (readonly [string, SgNode])[] =>
    nodesOf(root, kind).flatMap((node) => {
      const [name, given] = [node.field('name'), value(node)];
      return name === null || given === null ? [] : [[shortText(name), given] as const];
    });
  return new Map([
    ...named('variable_declarator', (node) => node.field('value')),
    ...named('function_declaration', (node) => node),
  ]);
}

/** Asked once of each node of a file, however many routes name it. */
export function oncePerNode<T>(ask: (node: SgNode, declared: Declared) => T): typeof ask {
  const files = new WeakMap<Declared, Map<number, T>>();
  return (node, declared) => {
    const known = files.get(declared) ?? new Map<number, T>();
    files.set(declared, known);
    const before = known.get(node.id());
    if (before !== undefined) return before;
    const answer = ask(node, declared);
    known.set(node.id(), answer);
    return answer;
  };
}

/** Characters: what is longer is not looked into. */
const nodeLimit = 20_000;
/** Characters of all that is looked into of a file: what holds others is read anew for each. */
const fileLimit = 256 * 1024;

const spent = new WeakMap<Declared, number>();

/** Whether it may be read whole, in bounded time. */
export const isReadable = oncePerNode((node, declared) => {
  const [size, before] = [sizeOf(node), spent.get(declared) ?? 0];
  if (size > nodeLimit || before + size > fileLimit) return false;
  spent.set(declared, before + size);
  return true;
});

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
  return stringOf(key) ?? shortText(key);
}

/** Without spaces but for one between words; of what is long only how it begins. */
export function shortText(node: SgNode | null | undefined): string {
  const text = node ? beginningOf(node, 300) : '';
  return text.replaceAll(/\s+/g, ' ').replaceAll(/ ?([^\w\s]) ?/g, '$1');
}

/** Cut out of the text of the file: `text()` copies a node whole, and in a deep tree each one holds the next. */
export function beginningOf(node: SgNode, length: number): string {
  const { text, from } = sourceOf(node);
  const { start, end } = node.range();
  return text.slice(start.index - from, Math.min(end.index, start.index + length) - from);
}

interface Source {
  readonly text: string;
  /** Where it begins: spaces before it are no part of it. */
  readonly from: number;
}

const sources = new WeakMap<ReturnType<SgNode['getRoot']>, Source>();

function sourceOf(node: SgNode): Source {
  const file = node.getRoot();
  const known = sources.get(file);
  if (known !== undefined) return known;
  const root = file.root();
  const source = { text: root.text(), from: root.range().start.index };
  sources.set(file, source);
  return source;
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
