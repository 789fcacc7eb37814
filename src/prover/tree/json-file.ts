/** JSON as apps write it: parsed into what nobody has checked yet, and asked with care. */
import type { AppTree } from './app-tree.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export interface JsonFile {
  readonly file: string;
  readonly text: string;
  /** Undefined: it is not JSON. */
  readonly value: Json | undefined;
}

/** Null: there is no such file, or it is no text. */
export function readJson(tree: AppTree, file: string, limit?: number): JsonFile | null {
  const text = tree.read(file, limit);
  return text === null ? null : { file, text, value: parseJson(text) };
}

/** Undefined: it is not JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** JSON with comments and commas before the end, as in `tsconfig.json`. */
export function parseJsonWithComments(text: string): Json | undefined {
  const bare = withoutComments(text);
  return parseJson(bare.replaceAll(/"(?:[^"\\\n]|\\.)*"?|,(?=\s*[}\]])/g, blankUnlessText));
}

/** Blanks stand where comments were: every other character keeps its place. */
export function withoutComments(text: string): string {
  return text.replaceAll(/"(?:[^"\\\n]|\\.)*"?|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g, blankUnlessText);
}

function blankUnlessText(match: string): string {
  return match.startsWith('"') ? match : match.replaceAll(/[^\n]/g, ' ');
}

export function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

export function stringOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** Those of its entries that are text, in order. */
export function stringsOf(value: Json | undefined): readonly (readonly [key: string, value: string])[] {
  return Object.entries(objectOf(value)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
}
