/**
 * The lines that would prove something, made for one app: an example's requests become those that its routes suggest, and what its
 * scenario says already is left out. Put into that scenario, key by key, they say nothing twice.
 */
import { Document, parse } from 'yaml';
import type { KnownApp, SaidSections } from './known-app.ts';
import type { LikelyRoutes } from './likely-routes.ts';
import type { Route } from './route.ts';
import { isRequestLine, none, type RequestForm, scenarioSchema } from './schema.ts';
import { bearerHeader, doneWords, lineOf, seenAt, sessionFor, shownAt, writeFor } from './suggestions.ts';

type Section = SaidSections;

/** @param lines an example, as probes give it: what is no part of a scenario is given back as it is */
export function proveLinesFor(app: KnownApp, lines: string): string {
  const example = sectionsIn(lines);
  if (example === null) return lines;
  const { left, there } = without(example, app.said ?? {});
  if (Object.keys(left).length === 0) return correction(there);
  const session = needsSession(app, left) ? sessionFor(app) : null;
  const known = session === null ? app : { ...app, said: { ...app.said, session } };
  const { sections, notes } = madeFor(known, session === null ? left : { ...left, session });
  const isExample = notes.length === 0 && JSON.stringify(sections) === JSON.stringify(example);
  if (isExample) return lines;
  const document = new Document(sections);
  for (const { path, text } of notes) {
    const node = document.getIn(path, true) as { comment?: string };
    node.comment = ` ${text}`;
  }
  const text = document.toString({ lineWidth: 0 }).trimEnd();
  const alternative = there.length === 0 ? lines.split('\n').filter((line) => line.startsWith('#')) : [];
  return [text, ...alternative, ...aboutSigningIn(sections, known)].join('\n');
}

/** Whether a request of it is to a route that asks who the visitor is, and nothing says how one signs in. */
function needsSession({ likely, said }: KnownApp, left: Section): boolean {
  if (likely.signIn === null || said?.session !== undefined) return false;
  const asks = (section: string, key: string) => sectionOf(left[section])[key] !== undefined;
  const roles = places.flatMap(([section, key, role]) => (asks(section, key) ? [likely[role]] : []));
  const lasting =
    asks('requests', 'slow') && sectionOf(said?.requests).write === undefined ? likely.write : null;
  return [...roles, lasting].some((route) => route?.handler.guarded === true);
}

/** What is unproven says above why: the entry is there, and what it says did not come. */
function correction(there: readonly string[]): string {
  const them = there.length === 1 ? 'it' : 'them';
  return `# the scenario has ${listed(there)} already:\n# change ${them} so that what is said above no longer happens`;
}

/** Null: it is not a scenario's, as a command is not. */
function sectionsIn(lines: string): Section | null {
  const known = Object.keys(scenarioSchema.properties);
  const isSection = new RegExp(`^(?:${known.join('|')}):`);
  return isSection.test(lines) ? (parse(lines) as Section) : null;
}

interface Remaining {
  readonly left: Section;
  /** What of it is said, as paths: `requests.write`. */
  readonly there: readonly string[];
}

function without(example: Section, said: Section): Remaining {
  const left: Record<string, unknown> = {};
  const there: string[] = [];
  for (const [name, wanted] of Object.entries(example)) {
    const has = said[name];
    if (Array.isArray(wanted)) {
      const more = wanted.filter((entry) => !entriesOf(has).some((other) => isSame(entry, other)));
      if (more.length > 0) left[name] = more;
      if (more.length < wanted.length) there.push(name);
    } else if (isSection(wanted)) {
      const own = isSection(has) ? has : {};
      const more = Object.entries(wanted).filter(([key]) => !Object.hasOwn(own, key));
      if (more.length > 0) left[name] = Object.fromEntries(more);
      there.push(
        ...Object.keys(wanted).flatMap((key) => (Object.hasOwn(own, key) ? [`${name}.${key}`] : [])),
      );
    } else if (has === undefined) left[name] = wanted;
    else there.push(name);
  }
  return { left, there };
}

/** A command, or a change of one variable. */
function isSame(one: unknown, other: unknown): boolean {
  return isSection(one) && isSection(other) ? one.variable === other.variable : one === other;
}

const entriesOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface Made {
  readonly sections: Section;
  readonly notes: readonly Note[];
}

/** What is said beside a value. */
interface Note {
  readonly path: readonly (string | number)[];
  readonly text: string;
}

function madeFor(known: KnownApp, left: Section): Made {
  return [withSession, withSlow, withChange, withRequests].reduce<Made>(
    ({ sections, notes }, step) => {
      const next = step(known, sections);
      return { sections: next.sections, notes: [...notes, ...next.notes] };
    },
    { sections: left, notes: [] },
  );
}

type Step = (known: KnownApp, sections: Section) => Made;

const withSession: Step = (known, sections) => {
  if (sections.session === undefined) return { sections, notes: [] };
  const session = sessionFor(known);
  const { signUp } = known.likely;
  return {
    sections: { ...sections, session },
    notes: signUp === null ? [] : [{ path: ['session', 'sign-up', 'request'], text: seenAt(signUp) }],
  };
};

/** It is the request that writes that is made to last, in the way that it can be. */
const withSlow: Step = (known, sections) => {
  const asked = sectionOf(sections.requests);
  const { write } = known.likely;
  const said = sectionOf(known.said?.requests).write;
  if (asked.slow === undefined || said === none || (said === undefined && write === null))
    return { sections, notes: [] };
  const own =
    said === undefined ? { ...writeFor(write, known, '/entries'), ...signedInFor(write, known) } : said;
  const isSeen = write !== null && requestLineOf(own) === lineOf(write);
  const { slow, notes } = slowBy(own, { known, table: isSeen ? write.handler.table : null });
  const more = said === undefined ? { write: own } : {};
  return { sections: { ...sections, requests: { ...more, ...asked, slow } }, notes };
};

function slowBy(
  write: unknown,
  { known: { tables }, table }: { readonly known: KnownApp; readonly table: string | null },
): { readonly slow: Section; readonly notes: readonly Note[] } {
  const of = 'write';
  const hasBody = ['form', 'json', 'body'].some((key) => Object.hasOwn(sectionOf(write), key));
  if (tables && table !== null) return { slow: { of, by: 'lock', table }, notes: [] };
  if (hasBody) return { slow: { of, by: 'body' }, notes: [] };
  if (!tables)
    return {
      slow: { of, by: 'itself' },
      notes: [{ path: ['requests', 'slow', 'of'], text: 'or another request, that takes a second or more' }],
    };
  return {
    slow: { of, by: 'lock', table: 'THE_TABLE' },
    notes: [{ path: ['requests', 'slow', 'table'], text: 'the table that write needs' }],
  };
}

/** A variable that people read, where there is one; else a level of the log, where that is read. */
const withChange: Step = ({ shown, ways, likely: { cheap } }, sections) => {
  const [change] = entriesOf(sections.config);
  if (!isSection(change)) return { sections, notes: [] };
  const at = (key: string) => ['config', 0, key];
  if (shown !== null)
    return {
      sections: {
        ...sections,
        config: [
          {
            variable: shown.variable,
            value: 'Proof {token}',
            request: lineOf(shown.page) ?? 'GET /',
            matches: 'Proof {token}',
          },
        ],
      },
      notes: [
        {
          path: at('request'),
          text: shownAt(shown.page, shown.sure),
        },
      ],
    };
  if (ways.debugLine === null)
    return {
      sections,
      notes: [{ path: at('variable'), text: 'or another one, whose value an answer has in it' }],
    };
  const level = { variable: 'LOG_LEVEL', value: 'debug', request: lineOf(cheap) ?? 'GET /' };
  return { sections: { ...sections, config: [{ ...level, line: ways.debugLine }] }, notes: [] };
};

const places: readonly (readonly [string, string, keyof LikelyRoutes])[] = [
  ['requests', 'cheap', 'cheap'],
  ['requests', 'write', 'write'],
  ['requests', 'read', 'read'],
  ['requests', 'fail', 'fail'],
  ['session', 'begin', 'signIn'],
  ['session', 'check', 'whoAmI'],
  ['jobs', 'enqueue', 'enqueue'],
  ['jobs', 'done', 'jobs'],
];

const withRequests: Step = (known, given) => {
  const sections = { ...given };
  const notes: Note[] = [];
  for (const [section, key, role] of places) {
    const form = sectionOf(sections[section])[key] as string | RequestForm | undefined;
    if (form === undefined) continue;
    const route = known.likely[role];
    const made = section === 'session' ? form : requestFor(known, form, { key, route });
    sections[section] = { ...sectionOf(sections[section]), [key]: made };
    if (requestLineOf(made) === null) continue;
    const path = typeof made === 'string' ? [section, key] : [section, key, 'request'];
    notes.push({ path, text: seenAt(route) });
  }
  return { sections, notes: [...notes, ...aboutJobs(sections)] };
};

interface Place {
  readonly key: string;
  readonly route: Route | null;
}

function requestFor(
  known: KnownApp,
  form: string | RequestForm,
  { key, route }: Place,
): string | RequestForm {
  if (key === 'enqueue' && writesAlready(known)) return 'write';
  const visitor = key !== 'cheap' && key !== 'fail' ? signedInFor(route, known) : {};
  if (key === 'write' || key === 'enqueue')
    return { ...writeFor(route, known, key === 'write' ? '/entries' : '/jobs'), ...visitor };
  const line = lineOf(route);
  if (line === null) return form;
  return typeof form === 'string' ? line : { ...form, request: line, ...visitor };
}

/** What a route needs that asks who the visitor is, where the scenario says how one signs in. */
function signedInFor(route: Route | null, { said }: KnownApp): Partial<RequestForm> {
  if (route?.handler.guarded !== true || said?.session === undefined) return {};
  const name = keptName(said);
  return { 'signed-in': true, ...(name === null ? {} : { headers: bearerHeader(name) }) };
}

/** Whether the request that puts a job into the queue is the one that the scenario calls write. */
function writesAlready({ likely: { write, enqueue }, said }: KnownApp): boolean {
  const own = sectionOf(said?.requests).write;
  return own !== undefined && own !== none && (enqueue === null || enqueue === write);
}

function aboutJobs({ jobs }: Section): readonly Note[] {
  const { done, ...others } = sectionOf(jobs);
  return [
    ...(sectionOf(done).matches === undefined
      ? []
      : [{ path: ['jobs', 'done', 'matches'], text: doneWords }]),
    ...(others['slow-env'] === undefined
      ? []
      : [{ path: ['jobs', 'slow-env', 'JOB_DELAY_MS'], text: 'a variable of yours that makes a job last' }]),
  ];
}

/** Of those that do not say it: whether a request needs it cannot be known from its path. */
function aboutSigningIn({ requests, jobs }: Section, { likely, ways, said }: KnownApp): readonly string[] {
  const asked = { ...sectionOf(requests), ...sectionOf(jobs) };
  const isAsked = ['write', 'read', 'enqueue', 'done'].some(
    (key) => requestLineOf(asked[key]) !== null && sectionOf(asked[key])['signed-in'] !== true,
  );
  const has = said?.session !== undefined;
  if (!isAsked || !(has || ways.bearer || likely.signIn !== null)) return [];
  const name = keptName(said) ?? (ways.bearer ? 'bearer' : null);
  return [
    `# a request that needs a visitor who has signed in: signed-in: true${has ? '' : ', and session'}`,
    ...(name === null ? [] : [`# by a token: headers: { Authorization: "Bearer {${name}}" } too`]),
    ...(said === null ? ['# dozen check --init drafts a scenario that has them'] : []),
  ];
}

function keptName(said: SaidSections | null): string | null {
  return Object.keys(sectionOf(sectionOf(said?.session).keeps))[0] ?? null;
}

/** Null: it is no request, or the name of one. */
function requestLineOf(form: unknown): string | null {
  const line = typeof form === 'string' ? form : sectionOf(form).request;
  return typeof line === 'string' && isRequestLine(line) ? line : null;
}

function sectionOf(value: unknown): Section {
  return isSection(value) ? value : {};
}

function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
