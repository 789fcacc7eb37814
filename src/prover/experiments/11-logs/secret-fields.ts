/** What the fields of requests hold that are named as secrets are. */
import type { SentField } from '../../../factors/11-logs/probe-sent.ts';
import type { HttpRequest } from '../../scenario/scenario.ts';
import { isSecretField } from '../../source/secret-words.ts';

/**
 * @param sent as it was, with nothing in braces
 * @param all requests whose other parts may be logged
 */
export function secretFieldsOf(
  sent: readonly HttpRequest[],
  all: readonly HttpRequest[],
): readonly SentField[] {
  const open = [...sentAnyway, ...all.flatMap(openTextsOf)];
  const isOpen = (value: string): boolean => open.some((text) => text.includes(value));
  const found = sent
    .flatMap(fieldsOf)
    .filter(({ name, value }) => isSecretField(name) && value !== '' && !unfilled.test(value))
    .map(({ name, value }) => ({ name, value, distinct: isDistinct(value) && !isOpen(value) }));
  return [...new Map(found.map((field) => [`${field.name}=${field.value}`, field])).values()];
}

/** By every request, see `lab/http.ts`. */
const sentAnyway = ['check.localhost', 'dozen-check'];

const unfilled = /\{[A-Za-z]\w{0,30}\}/;

/** What is shorter, a word or a number stands in a text by chance. */
const isDistinct = (value: string): boolean => value.length >= 8 && !/^(?:\p{L}+|\d+)$/u.test(value);

function openTextsOf(request: HttpRequest): readonly string[] {
  const fields = fieldsOf(request).filter(({ name }) => !isSecretField(name));
  const headers = Object.entries(request.headers).filter(([name]) => !credential.test(name));
  return [
    decoded(request.path),
    request.path,
    ...headers.map(([, value]) => value),
    ...fields.map(({ value }) => value),
  ];
}

const credential = /^(?:proxy-)?authorization$|^cookie$|key|token|secret|password/i;

function decoded(path: string): string {
  return new URLSearchParams(`p=${path.replaceAll('&', '%26').replaceAll('+', '%2B')}`).get('p') ?? path;
}

interface Field {
  /** The last part of it. */
  readonly name: string;
  readonly value: string;
}

function fieldsOf({ headers, body }: HttpRequest): readonly Field[] {
  if (body === null) return [];
  const type = Object.entries(headers).find(([name]) => /^content-type$/i.test(name))?.[1] ?? '';
  if (/urlencoded/i.test(type))
    return [...new URLSearchParams(body)].map(([name, value]) => ({ name: lastPart(name), value }));
  return /json/i.test(type) ? fieldsIn('', parsed(body)) : [];
}

const lastPart = (name: string): string =>
  name
    .split(/[[\].]+/)
    .filter((part) => part !== '')
    .at(-1) ?? '';

function fieldsIn(name: string, value: unknown): readonly Field[] {
  if (Array.isArray(value)) return value.flatMap((each: unknown) => fieldsIn(name, each));
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([inner, each]: [string, unknown]) => fieldsIn(inner, each));
  return typeof value === 'string' || typeof value === 'number' ? [{ name, value: String(value) }] : [];
}

/** A body that is no JSON is sent all the same, and has no fields. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
