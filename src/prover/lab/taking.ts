/** What a visitor reads from pages of the app to send a request: the token of a form, an id. */
import type { Values } from '../scenario/fill.ts';
import { firstGroup } from '../scenario/pattern.ts';
import type { Taking } from '../scenario/scenario.ts';
import type { Answer } from './http.ts';

export type Taken = { readonly values: Values } | { readonly failure: string };

/** @param get asks for a page as the visitor */
export async function takeAll(
  takes: readonly Taking[],
  get: (path: string) => Promise<Answer>,
): Promise<Taken> {
  const pages = new Map<string, Answer>();
  const values: Record<string, string> = {};
  for (const { name, path, pattern } of takes) {
    const page = pages.get(path) ?? (await get(path));
    pages.set(path, page);
    const read = readFrom(page, pattern);
    if ('failure' in read) return { failure: `cannot take ${name}: GET ${path} ${read.failure}` };
    values[name] = read.value;
  }
  return { values };
}

type Read = { readonly value: string } | { readonly failure: string };

/** The first group of what matches in its body. */
export function readFrom({ status, failure, headers, body }: Answer, pattern: string): Read {
  if (status === null) return { failure: `got no answer: ${failure}` };
  if (status >= 400) return { failure: `answered ${status}` };
  const text = firstGroup(pattern, body);
  if (text === null) return { failure: `answered ${status}, and nothing in it matches` };
  const value = /\b(?:html|xml)\b/i.test(headers['content-type'] ?? '') ? withoutEntities(text) : text;
  return canBeSent.test(value)
    ? { value }
    : { failure: `answered ${status}, and what matches is not a text of one line` };
}

/** Also in a header. */
const canBeSent = /^[\x20-\x7e]{1,4000}$/;

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function withoutEntities(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,4}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
