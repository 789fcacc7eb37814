/** Where a line of a log tells what a request was sent with. */

/** A field of a form or of JSON whose name says that its value is secret. */
export interface SentField {
  /** The last part of its name: `password` of `user[password]`. */
  readonly name: string;
  readonly value: string;
  /** Whether the value is found by itself; otherwise, as a short one or a word, it is one only where its name stands before it. */
  readonly distinct: boolean;
}

export interface Sent {
  /** Of headers and cookies. */
  readonly credentials: readonly string[];
  readonly fields: readonly SentField[];
}

export interface Told {
  /** `the credential of a request` */
  readonly what: string;
  /** Of the text. */
  readonly start: number;
  readonly end: number;
}

/** The first thing in the text that is secret; null: nothing is. */
export function toldIn(text: string, { credentials, fields }: Sent): Told | null {
  for (const credential of credentials) {
    const told = placeOf(text, credential);
    if (told !== null) return { what: 'the credential of a request', ...told };
  }
  for (const field of fields) {
    const told = formsOf(field.value).map((value) => fieldIn(text, { ...field, value }));
    const [first] = told.filter((each) => each !== null);
    if (first !== undefined) return { what: `the ${field.name} of a request`, ...first };
  }
  return null;
}

type Place = Pick<Told, 'start' | 'end'>;

function placeOf(text: string, found: string): Place | null {
  const start = text.indexOf(found);
  return start === -1 ? null : { start, end: start + found.length };
}

/** As it is, and as it stands in JSON and in a form. */
const formsOf = (value: string): readonly string[] => [
  ...new Set([value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]),
];

/** What stands between a name and its value in JSON, logfmt, a form, or what a language prints of an object. */
const between = String.raw`(?:\\{0,3}["'\]]|%5D){0,2}\s{0,4}(?:=>|[:=]|%3D)\s{0,4}\\{0,3}["']?`;

const before = '(?:(?<![A-Za-z0-9])|(?<=%5B))';

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

function fieldIn(text: string, { name, value, distinct }: SentField): Place | null {
  if (distinct) return placeOf(text, value);
  if (!text.includes(value)) return null;
  const named = new RegExp(`${before}${escaped(name)}${between}${escaped(value)}(?!\\w)`);
  const match = named.exec(text);
  return match === null ? null : { start: match.index, end: match.index + match[0].length };
}
