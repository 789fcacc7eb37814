/** Requests as a scenario writes them. */
import type { Path, Refuse } from './complaint.ts';
import { encodeForm, sends } from './fill.ts';
import { groupsOf, patternFault } from './pattern.ts';
import type { HttpRequest, Taking } from './scenario.ts';
import type { RequestForm } from './schema.ts';

/** As reports name it: `GET /entries`. */
export function nameOf({ method, path }: HttpRequest): string {
  return `${method} ${path}`;
}

export interface RequestReading {
  readonly refuse: Refuse;
  /** Names of what a visitor keeps who has signed in, beside cookies; null: nothing says how one signs in. */
  readonly kept: readonly string[] | null;
}

/** Stands for a text of the run's own. */
export const tokenName = 'token';

/** @throws SCENARIO_INVALID */
export function readRequest(
  form: string | RequestForm,
  path: Path,
  { refuse, kept }: RequestReading,
): HttpRequest {
  const whole: RequestForm = typeof form === 'string' ? { request: form } : form;
  const [method = '', address = ''] = whole.request.split(' ');
  const takes = readTakings(whole.takes, [...path, 'takes'], refuse);
  const known = [tokenName, ...(kept ?? []), ...takes.map(({ name }) => name)];
  const { type, body, encoding } = readBody(whole, { path, refuse, known });
  if (body !== null && (method === 'GET' || method === 'HEAD')) {
    throw refuse([...path, 'request'], {
      what: `a ${method} has no body`,
      hint: 'Use POST, or remove the body',
    });
  }
  const request: HttpRequest = {
    method,
    path: address,
    headers: readHeaders(whole, { type, path, refuse }),
    body,
    encoding,
    takes,
    status: whole.status ?? null,
    matches: readPattern(whole.matches, [...path, 'matches'], refuse),
    signedIn: readSignedIn(whole, { path, refuse, kept }),
  };
  checkNames(request, { path, refuse, kept });
  return request;
}

/** What is taken is sent, and what a visitor keeps is sent by none other. */
function checkNames(
  request: HttpRequest,
  { path, refuse, kept }: RequestReading & { readonly path: Path },
): void {
  const unused = request.takes.find(({ name }) => !sends(request, name));
  if (unused !== undefined)
    throw refuse([...path, 'takes', unused.name], {
      what: `nothing that is sent has {${unused.name}} in it`,
      hint: `Put {${unused.name}} into its path, headers, form, json or body`,
    });
  if (request.signedIn || path[0] === 'session') return;
  const strange = kept?.find(
    (name) => sends(request, name) && !request.takes.some((each) => each.name === name),
  );
  if (strange !== undefined)
    throw refuse(path, {
      what: `{${strange}} is known to a visitor who is signed in, and to no other`,
      hint: 'Write "signed-in: true"',
    });
}

type TakingForms = NonNullable<RequestForm['takes']>;

function readTakings(forms: TakingForms = {}, path: Path, refuse: Refuse): readonly Taking[] {
  return Object.entries(forms).map(([name, { from, pattern }]) => ({
    name: readName(name, [...path, name], refuse),
    path: from.slice('GET '.length),
    pattern: readGroup(pattern, [...path, name, 'pattern'], refuse),
  }));
}

/** @throws SCENARIO_INVALID */
export function readName(name: string, path: Path, refuse: Refuse): string {
  if (/^[A-Za-z]\w{0,30}$/.test(name) && name !== tokenName) return name;
  throw refuse(path, {
    what:
      name === tokenName
        ? '{token} stands for the text of the run'
        : 'expected a name of letters, digits and "_", at most 31',
    hint: 'Write another name, such as csrf',
  });
}

/** A pattern that says with a group what is meant. @throws SCENARIO_INVALID */
export function readGroup(pattern: string, path: Path, refuse: Refuse): string {
  readPattern(pattern, path, refuse);
  if (groupsOf(pattern) > 0) return pattern;
  throw refuse(path, {
    what: 'it has no group, which is what is taken',
    hint: 'Put ( and ) around the part of it that is meant',
  });
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
  { path, refuse, kept }: RequestReading & { readonly path: Path },
): boolean {
  const signedIn = whole['signed-in'] === true;
  if (!signedIn || kept !== null) return signedIn;
  throw refuse([...path, 'signed-in'], {
    what: 'nothing says how a visitor signs in',
    hint: 'Write "session: …", with begin: the request that signs in, and check: one that shows it',
  });
}

interface Body extends Pick<HttpRequest, 'encoding'> {
  /** Of the content; null: what the headers say. */
  readonly type: string | null;
  readonly body: string | null;
}

interface BodyReading {
  readonly path: Path;
  readonly refuse: Refuse;
  /** Names in braces that stand for something. */
  readonly known: readonly string[];
}

function readBody(whole: RequestForm, { path, refuse, known }: BodyReading): Body {
  const given = (['form', 'json', 'body'] as const).filter((key) => whole[key] !== undefined);
  const [kind, second] = given;
  if (second !== undefined) {
    throw refuse([...path, second], {
      what: `the request has ${kind} already`,
      hint: `Keep ${kind} or ${second}, not both`,
    });
  }
  if (whole.form !== undefined)
    return {
      type: 'application/x-www-form-urlencoded',
      body: encodeForm(whole.form, known),
      encoding: 'form',
    };
  if (whole.json !== undefined)
    return { type: 'application/json', body: JSON.stringify(whole.json), encoding: 'json' };
  return { type: null, body: whole.body ?? null, encoding: 'none' };
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
