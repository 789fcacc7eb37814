/** Names in braces, such as `{token}`, and what stands for them when a request is sent. */
import type { HttpRequest } from './scenario.ts';

/** Texts by name. */
export type Values = Readonly<Record<string, string>>;

const placeholder = /\{([A-Za-z]\w{0,30})\}/g;

/** The request with values in path, headers and body, each written as its place needs it. `matches` keeps its `{token}`: `matchesPattern` takes it. */
export function fillIn(request: HttpRequest, values: Values): HttpRequest {
  const { path, headers, body, encoding } = request;
  return {
    ...request,
    path: filled(path, values, encodeURIComponent),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, filled(value, values, asItIs)]),
    ),
    body: body === null ? null : filled(body, values, encoders[encoding]),
  };
}

/** Whether what is sent has the name in braces in it. */
export function sends({ path, headers, body }: HttpRequest, name: string): boolean {
  return [path, ...Object.values(headers), body ?? ''].some((text) => text.includes(`{${name}}`));
}

/** Names in braces that are known are kept as they are, to be filled in. */
export function encodeForm(form: Values, known: readonly string[]): string {
  const encode = (text: string): string =>
    text
      .split(/(\{\w+\})/)
      .map((piece) => (known.includes(piece.slice(1, -1)) ? piece : encodeValue(piece)))
      .join('');
  return Object.entries(form)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');
}

function filled(text: string, values: Values, encode: (value: string) => string): string {
  return text.replaceAll(placeholder, (whole: string, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    return value === undefined ? whole : encode(value);
  });
}

const asItIs = (text: string): string => text;

const encoders: Readonly<Record<HttpRequest['encoding'], (text: string) => string>> = {
  form: encodeValue,
  json: (text) => JSON.stringify(text).slice(1, -1),
  none: asItIs,
};

function encodeValue(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
