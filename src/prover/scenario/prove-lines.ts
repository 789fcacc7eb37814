/**
 * The lines that would prove something, made for one app: an example's requests become those that its routes suggest, and what its
 * scenario says already is left out. Put into that scenario, key by key, they say nothing twice.
 */
import { Document, parse } from 'yaml';
import { type LikelyRoutes, placeOf } from './likely-routes.ts';
import type { Route } from './routes.ts';
import { isRequestLine, type RequestForm, scenarioSchema } from './schema.ts';

export interface KnownApp {
  readonly likely: LikelyRoutes;
  /** The document of its scenario; null: it has none. */
  readonly said: SaidSections | null;
}

/** What stands under the keys of a scenario. */
export type SaidSections = Readonly<Record<string, unknown>>;
type Section = SaidSections;

/** @param lines an example, as probes give it: what is no part of a scenario is given back as it is */
export function proveLinesFor({ likely, said }: KnownApp, lines: string): string {
  const example = sectionsIn(lines);
  if (example === null) return lines;
  const { left, there } = without(example, said ?? {});
  if (Object.keys(left).length === 0) return `# ${listed(there)} of the scenario: correct what it says`;
  const { sections, seen } = withRoutes(left, likely);
  if (there.length === 0 && seen.length === 0) return lines;
  const document = new Document(sections);
  for (const { path, route } of seen) {
    const node = document.getIn(path, true) as { comment?: string };
    node.comment = ` ${placeOf(route)}${route.certain ? '' : ', perhaps behind a prefix'}`;
  }
  const text = document.toString({ lineWidth: 0 }).trimEnd();
  const alternative = there.length === 0 ? lines.split('\n').filter((line) => line.startsWith('#')) : [];
  return [text, ...alternative, ...aboutSigningIn(left, { likely, said })].join('\n');
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

interface SeenRoute {
  /** Of the text that names it. */
  readonly path: readonly string[];
  readonly route: Route;
}

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

function withRoutes(
  example: Section,
  likely: LikelyRoutes,
): { readonly sections: Section; readonly seen: readonly SeenRoute[] } {
  const sections = structuredClone(example) as Record<string, Record<string, unknown>>;
  const seen: SeenRoute[] = [];
  for (const [section, key, role] of places) {
    const form = sections[section]?.[key] as string | RequestForm | undefined;
    const route = likely[role];
    if (route === null || form === undefined) continue;
    const line = `${route.method} ${route.path}`;
    if (!isRequestLine(line)) continue;
    if (typeof form === 'object') {
      sections[section] = { ...sections[section], [key]: { ...form, request: line } };
      seen.push({ path: [section, key, 'request'], route });
    } else if (isRequestLine(form)) {
      sections[section] = { ...sections[section], [key]: line };
      seen.push({ path: [section, key], route });
    }
  }
  return { sections, seen };
}

/** Whether a request needs it cannot be known from its path. */
function aboutSigningIn({ requests }: Section, { likely, said }: KnownApp): readonly string[] {
  const isAsked = isSection(requests) && ['write', 'read'].some((key) => Object.hasOwn(requests, key));
  if (!isAsked || (likely.signIn === null && said?.session === undefined)) return [];
  return [
    said?.session === undefined
      ? '# a request that needs a visitor who has signed in: signed-in: true, and session'
      : '# a request that needs a visitor who has signed in: signed-in: true',
  ];
}

function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
