/** Requests as a scenario writes them, and as they are sent. */
import type { Path, Refuse } from './complaint.ts';
import { patternFault } from './pattern.ts';
import type { HttpRequest } from './scenario.ts';
import type { RequestForm } from './schema.ts';

const placeholder = '{token}';

/** The request with the token in path, headers and body. `matches` keeps its `{token}`: `matchesPattern` takes it. */
export function fillIn(request: HttpRequest, token: string): HttpRequest {
  const filled = (text: string): string => text.replaceAll(placeholder, () => token);
  return {
    ...request,
    path: filled(request.path),
    headers: eachValue(request.headers, filled),
    body: request.body === null ? null : filled(request.body),
  };
}

/** As reports name it: `GET /entries`. */
export function nameOf({ method, path }: HttpRequest): string {
  return `${method} ${path}`;
}

/** Whether what is sent has the token in it. */
export function sendsToken({ path, headers, body }: HttpRequest): boolean {
  return [path, ...Object.values(headers), body ?? ''].some((text) => text.includes(placeholder));
}

export interface RequestReading {
  readonly refuse: Refuse;
  /** Whether the scenario says how a visitor signs in. */
  readonly hasSession: boolean;
}

/** @throws SCENARIO_INVALID */
export function readRequest(
  form: string | RequestForm,
  path: Path,
  { refuse, hasSession }: RequestReading,
): HttpRequest {
  const whole: RequestForm = typeof form === 'string' ? { request: form } : form;
  const [method = '', address = ''] = whole.request.split(' ');
  const { type, body } = readBody(whole, path, refuse);
  if (body !== null && (method === 'GET' || method === 'HEAD')) {
    throw refuse([...path, 'request'], {
      what: `a ${method} has no body`,
      hint: 'Use POST, or remove the body',
    });
  }
  return {
    method,
    path: address,
    headers: readHeaders(whole, { type, path, refuse }),
    body,
    status: whole.status ?? null,
    matches: readPattern(whole.matches, [...path, 'matches'], refuse),
    signedIn: readSignedIn(whole, { path, refuse, hasSession }),
  };
}

/** @throws SCENARIO_INVALID */
export function readPattern(pattern: string | undefined, path: Path, refuse: Refuse): string | null {
  if (pattern === undefined) return null;
  const fault = patternFault(pattern);
  if (fault === null) return pattern;
  throw refuse(path, {
    what: `not a pattern of RE2: ${fault}`,
    hint: 'Write \\ before a sign that is meant as it stands; RE2 knows no look-around and no back-references',
  });
}

function readSignedIn(
  whole: RequestForm,
  { path, refuse, hasSession }: RequestReading & { readonly path: Path },
): boolean {
  const signedIn = whole['signed-in'] === true;
  if (!signedIn || hasSession) return signedIn;
  throw refuse([...path, 'signed-in'], {
    what: 'nothing says how a visitor signs in',
    hint: 'Write "session: …", with begin: the request that signs in, and check: one that shows it',
  });
}

interface Body {
  /** Of the content; null: what the headers say. */
  readonly type: string | null;
  readonly body: string | null;
}

function readBody(whole: RequestForm, path: Path, refuse: Refuse): Body {
  const given = (['form', 'json', 'body'] as const).filter((key) => whole[key] !== undefined);
  const [kind, second] = given;
  if (second !== undefined) {
    throw refuse([...path, second], {
      what: `the request has ${kind} already`,
      hint: `Keep ${kind} or ${second}, not both`,
    });
  }
  if (whole.form !== undefined)
    return { type: 'application/x-www-form-urlencoded', body: encodeForm(whole.form) };
  if (whole.json !== undefined) return { type: 'application/json', body: JSON.stringify(whole.json) };
  return { type: null, body: whole.body ?? null };
}

/** A token is letters and digits, which need no encoding, so its place is kept as it is. */
function encodeForm(form: Readonly<Record<string, string>>): string {
  const encode = (text: string): string =>
    text
      .split(placeholder)
      .map((piece) => new URLSearchParams([['', piece]]).toString().slice(1))
      .join(placeholder);
  return Object.entries(form)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');
}

/** What says where a message ends, and to whom it goes, is not a scenario's. */
const own = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'expect',
  'upgrade',
  'te',
  'trailer',
]);

function readHeaders(
  whole: RequestForm,
  { type, path, refuse }: { readonly type: string | null; readonly path: Path; readonly refuse: Refuse },
): Readonly<Record<string, string>> {
  const headers = whole.headers ?? {};
  for (const [name, value] of Object.entries(headers)) {
    const place = [...path, 'headers', name];
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$/.test(name))
      throw refuse(place, { what: 'not the name of a header' });
    if (own.has(name.toLowerCase())) throw refuse(place, { what: 'Dozen sets it', hint: `Remove ${name}` });
    if (!/^[\t\x20-\x7e\x80-\xff]{0,4000}$/.test(value))
      throw refuse(place, { what: 'not the value of a header' });
  }
  const typed = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  return type === null || typed ? headers : { 'Content-Type': type, ...headers };
}

function eachValue(
  table: Readonly<Record<string, string>>,
  change: (value: string) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, change(value)]));
}
