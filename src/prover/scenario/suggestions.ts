/** Requests as a scenario writes them, made of what was seen of an app. What was not seen is an example, and says so. */
import type { Field } from './handler-fields.ts';
import type { KnownApp } from './known-app.ts';
import { placeOf } from './likely-routes.ts';
import type { Route } from './route.ts';
import { isRequestLine, type RequestForm } from './schema.ts';

export type Session = {
  readonly 'sign-up'?: RequestForm;
  readonly begin: RequestForm;
  readonly keeps?: Readonly<Record<string, string>>;
  readonly check: RequestForm;
};

/** @param example its path where no route was seen */
export function writeFor(
  route: Route | null,
  { ways }: Pick<KnownApp, 'ways'>,
  example: string,
): RequestForm {
  const fields = route?.handler.fields ?? [];
  return {
    request: lineOf(route) ?? `POST ${example}`,
    ...bodyOf(fields.length === 0 ? [{ name: 'message', kind: 'text' }] : fields, ways, writtenValue),
    ...statusOf(route),
  };
}

/** One who has no account signs up first; one who is known by a token keeps it. */
export function sessionFor({ likely: { signUp, signIn, whoAmI }, ways }: KnownApp): Session {
  const hasAccount = signUp !== null || (signIn?.handler.fields.length ?? 0) > 0;
  const usual: readonly Field[] = [
    { name: 'name', kind: 'text' },
    ...(hasAccount ? [{ name: 'password', kind: 'text' } as const] : []),
  ];
  const visit = (route: Route | null, example: string): RequestForm => {
    const fields = route?.handler.fields ?? [];
    const value = (field: Field) => visitorValue(field, signUp === null ? '…' : '{token}');
    return {
      request: lineOf(route) ?? `POST ${example}`,
      ...bodyOf(fields.length === 0 ? usual : fields, ways, value),
      ...statusOf(route),
    };
  };
  const tokenKey = signIn?.handler.tokenKey ?? 'token';
  return {
    ...(signUp === null ? {} : { 'sign-up': visit(signUp, '/register') }),
    begin: visit(signIn, '/login'),
    ...(ways.bearer ? { keeps: { bearer: `"${tokenKey}":"([^"]+)"` } } : {}),
    check: {
      request: lineOf(whoAmI) ?? 'GET /me',
      ...(ways.bearer ? { headers: bearerHeader('bearer') } : {}),
      matches: 'dozen',
    },
  };
}

export function bearerHeader(name: string): Readonly<Record<string, string>> {
  return { Authorization: `Bearer {${name}}` };
}

/** The job that has the token is done, in a list of others: JSON has no } between them. */
export const donePattern = '{token}[^}]*done';
export const doneWords = '"done" behind the token, before the next }';

/** Where it was seen, or that it was not. */
export function seenAt(route: Route | null): string {
  if (route === null || lineOf(route) === null) return 'no such route was seen: write its path here';
  return `${placeOf(route)}${route.certain ? '' : ', perhaps behind a prefix'}`;
}

/** Of a page that is taken to show a variable. */
export function shownAt(page: Route | null, sure: boolean): string {
  return `${seenAt(page)}${sure || lineOf(page) === null ? '' : '; or another page that shows it'}`;
}

/** Null: a scenario cannot write it. */
export function lineOf(route: Route | null): string | null {
  const line = route === null ? '' : `${route.method} ${route.path}`;
  return isRequestLine(line) ? line : null;
}

type Value = string | number | boolean;
type Body = Pick<RequestForm, 'json' | 'form'>;

function bodyOf(fields: readonly Field[], { body }: KnownApp['ways'], value: (field: Field) => Value): Body {
  const values = fields.map((field) => [field.name, value(field)] as const);
  // Something must have the token of the run in it, or be to be filled in.
  const told = values.some(([, given]) => /\{token\}|dozen/.test(String(given)));
  const whole = told
    ? values
    : values.map(([name, value], at) => [name, at === 0 ? '{token}' : value] as const);
  if (body === 'json') return { json: Object.fromEntries(whole) };
  return { form: Object.fromEntries(whole.map(([name, given]) => [name, String(given)])) };
}

function writtenValue({ name, kind }: Field): Value {
  if (kind === 'number') return 1;
  if (kind === 'boolean') return true;
  if (/mail/i.test(name)) return '{token}@example.com';
  if (/(?:^|_)(?:url|link|website)$|(?:Url|URL|Link)$/.test(name)) return 'https://example.com/{token}';
  return /(?:^|_)(?:date|day|at)$|(?:Date|At)$/.test(name) ? '2030-01-31' : '{token}';
}

function visitorValue({ name, kind }: Field, password: string): Value {
  if (kind !== 'text') return kind === 'number' ? 1 : true;
  if (/mail/i.test(name)) return 'dozen@example.com';
  return /pass|secret|confirm/i.test(name) ? password : 'dozen';
}

function statusOf(route: Route | null): Pick<RequestForm, 'status'> {
  const status = route?.handler.status ?? null;
  return status === null ? {} : { status };
}
