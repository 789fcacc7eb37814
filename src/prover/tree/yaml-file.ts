/** YAML as apps write it, with the line of every value. */
import { type Document, LineCounter, parseAllDocuments } from 'yaml';
import type { Evidence } from '../../factors/law.ts';
import type { AppTree } from './app-tree.ts';
import type { Json } from './json-file.ts';
import { asLine } from './place.ts';

export interface YamlFile {
  readonly file: string;
  /** Of its last document; undefined: it is not YAML. */
  readonly value: Json | undefined;
  /** The line of a value, or of the nearest one around it. */
  line(keys: readonly (string | number)[]): Evidence;
}

/** Bytes: the parser takes a second for four of these. */
const yamlLimit = 256 * 1024;

/** Against aliases that multiply. */
const aliasLimit = 100;

/** Null: there is no such file, or it is no text. */
export function readYaml(tree: AppTree, file: string): YamlFile | null {
  const text = tree.read(file, yamlLimit);
  return text === null ? null : parseYaml(file, text);
}

export function parseYaml(file: string, text: string): YamlFile {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter, merge: true, logLevel: 'silent' });
  const document = Array.isArray(documents) ? documents.at(-1) : undefined;
  const lines = text.split('\n');
  const at = (number: number): Evidence => asLine(file, lines[number - 1] ?? '', number);
  const line = (keys: readonly (string | number)[]): Evidence => {
    for (let depth = keys.length; depth > 0; depth--) {
      const node = document?.getIn(keys.slice(0, depth), true);
      const [start] = rangeOf(node);
      if (start !== undefined) return at(lineCounter.linePos(start).line);
    }
    return at(1);
  };
  return { file, value: plain(document), line };
}

function plain(document: Document.Parsed | undefined): Json | undefined {
  if (document === undefined) return null;
  if (document.errors.length > 0) return undefined;
  try {
    return document.toJS({ maxAliasCount: aliasLimit }) as Json;
  } catch (error) {
    if (error instanceof ReferenceError) return undefined;
    throw error;
  }
}

function rangeOf(node: unknown): readonly number[] {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
    ? node.range
    : [];
}
