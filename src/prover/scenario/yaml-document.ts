/**
 * A file of YAML 1.2 as plain values that know their place. It is hostile input: no tags, keys are texts and unique, and size,
 * depth, aliases and the number of values are limited before anything is made of them.
 */
import {
  type Alias,
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Parser,
} from 'yaml';
import { type Complaint, type Path, type Position, type Refuse, refused } from './complaint.ts';

export interface YamlDocument {
  /** `undefined`: nothing stands in the file. */
  readonly value: unknown;
  readonly refuse: Refuse;
}

/** Bytes. */
export const scenarioLimit = 64 * 1024;
const depthLimit = 16;
const aliasLimit = 32;
const valueLimit = 10_000;

/** @throws SCENARIO_INVALID */
export function readYaml(text: string, where: string): YamlDocument {
  checkText(text, where);
  const counter = new LineCounter();
  const position = (offset: number): Position => {
    const { line, col } = counter.linePos(offset);
    return { line, column: col };
  };
  const refuseAt = (offset: number, path: Path, complaint: Complaint) =>
    refused({ where, position: position(offset), path, ...complaint });
  const document = compose(text, { counter, refuseAt });
  if (document === null)
    return { value: undefined, refuse: (path, complaint) => refuseAt(0, path, complaint) };
  const reading: Reading = { document, refuseAt, offsets: new Map(), values: 0, aliases: 0 };
  const value =
    document.contents === null ? undefined : plain(reading, { node: document.contents, path: [] });
  return {
    value,
    refuse: (path, complaint) => refuseAt(offsetOf(reading, path), path, complaint),
  };
}

type RefuseAt = (offset: number, path: Path, complaint: Complaint) => Error & ReturnType<Refuse>;

interface Reading {
  readonly document: Document.Parsed;
  readonly refuseAt: RefuseAt;
  /** Where values, or the keys that they stand behind, begin, by their path. */
  readonly offsets: Map<string, number>;
  values: number;
  aliases: number;
}

function checkText(text: string, where: string): void {
  const whole = { where, position: null, path: [] };
  checkSize(Buffer.byteLength(text), where);
  const control = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.exec(text);
  if (control === null) return;
  const line = text.slice(0, control.index).split('\n').length;
  throw refused({
    ...whole,
    what: `line ${line} has a control character`,
    hint: `Save ${where} as text in UTF-8`,
  });
}

/** @throws SCENARIO_INVALID */
export function checkSize(bytes: number, where: string): void {
  if (bytes <= scenarioLimit) return;
  throw refused({
    where,
    position: null,
    path: [],
    what: `${bytes} bytes are over the limit of ${scenarioLimit}`,
    hint: `Keep in ${where} what the check needs, and nothing else`,
  });
}

function compose(
  text: string,
  { counter, refuseAt }: { readonly counter: LineCounter; readonly refuseAt: RefuseAt },
): Document.Parsed | null {
  const tokens = new Parser(counter.addNewLine).parse(text);
  const composer = new Composer({ version: '1.2', schema: 'core', uniqueKeys: true, logLevel: 'silent' });
  const [document, second] = [...composer.compose(tokens, false, text.length)];
  if (document === undefined) return null;
  const [fault] = [...document.errors, ...document.warnings].sort((one, other) => one.pos[0] - other.pos[0]);
  if (fault !== undefined) throw refuseAt(fault.pos[0], [], syntaxComplaint(fault));
  if (document.directives.yaml.version !== '1.2') {
    throw refuseAt(0, [], { what: 'expected YAML 1.2', hint: 'Remove the line that begins with %YAML' });
  }
  if (second === undefined) return document;
  throw refuseAt(second.range[0], [], {
    what: 'a second document begins',
    hint: 'Remove the line "---" between them',
  });
}

function syntaxComplaint({ code, message }: { readonly code: string; readonly message: string }): Complaint {
  switch (code) {
    case 'RESOURCE_EXHAUSTION':
      return { what: tooDeep };
    case 'TAB_AS_INDENT':
      return { what: 'a tab indents it', hint: 'Indent with spaces' };
    case 'DUPLICATE_KEY':
      return { what: 'the key stands there twice', hint: 'Remove one of them' };
    case 'TAG_RESOLVE_FAILED':
      return noTags;
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'BAD_SCALAR_START':
      return { what: yamlSays(message), hint: 'Put the text in quotes' };
    default:
      return { what: yamlSays(message) };
  }
}

const tooDeep = `it is nested over ${depthLimit} levels deep`;
const noTags: Complaint = { what: 'a tag has no meaning here', hint: 'Remove the word that begins with "!"' };

function yamlSays(message: string): string {
  const said = message.split('\n')[0] ?? '';
  return `not YAML: ${said.slice(0, 200).replace(/[.:]+$/, '')}`;
}

interface Standing {
  readonly node: Node;
  readonly path: Path;
}

function plain(reading: Reading, { node, path }: Standing): unknown {
  const offset = node.range?.[0] ?? 0;
  if (!reading.offsets.has(keyOf(path))) reading.offsets.set(keyOf(path), offset);
  const refuse = (what: Complaint) => reading.refuseAt(offset, path, what);
  reading.values += 1;
  if (reading.values > valueLimit) throw refuse({ what: `it has over ${valueLimit} values` });
  if (path.length > depthLimit) throw refuse({ what: tooDeep });
  if (isAlias(node)) return plain(reading, { node: aliased(reading, { node, refuse }), path });
  if (node.tag !== undefined) throw refuse(noTags);
  if (isScalar(node)) return node.value;
  if (isSeq(node)) {
    return node.items.map((item, index) => plain(reading, { node: item as Node, path: [...path, index] }));
  }
  if (isMap(node)) return Object.fromEntries(node.items.map((pair) => member(reading, { pair, path })));
  throw refuse({ what: 'not a value' });
}

function aliased(
  reading: Reading,
  { node, refuse }: { readonly node: Alias; readonly refuse: (what: Complaint) => Error },
): Node {
  reading.aliases += 1;
  if (reading.aliases > aliasLimit) throw refuse({ what: `it has over ${aliasLimit} aliases` });
  const target = node.resolve(reading.document);
  if (target !== undefined) return target;
  throw refuse({ what: 'an alias names no anchor before it' });
}

function member(
  reading: Reading,
  { pair, path }: { readonly pair: { readonly key: unknown; readonly value: unknown }; readonly path: Path },
): readonly [string, unknown] {
  const key = pair.key as Node | null;
  const offset = key?.range?.[0] ?? 0;
  if (!isScalar(key) || typeof key.value !== 'string' || key.tag !== undefined) {
    throw reading.refuseAt(offset, path, { what: 'a key is not a text', hint: 'Put the key in quotes' });
  }
  const inner = [...path, key.value];
  reading.offsets.set(keyOf(inner), offset);
  return [key.value, pair.value === null ? null : plain(reading, { node: pair.value as Node, path: inner })];
}

/** Of the value itself, or of the nearest that stands around it. */
function offsetOf(reading: Reading, path: Path): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const offset = reading.offsets.get(keyOf(path.slice(0, length)));
    if (offset !== undefined) return offset;
  }
  return 0;
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}
