/**
 * How two deploys differ, by the three gaps of the methodology: time, people, tools.
 *
 * Everything is compared from left to right, and the other way round gives the same with the sides exchanged. Values of config
 * differ between deploys by their nature and are no gap; a name that only one of them has is.
 */
import type { Runtime } from '../05-build-release-run/slug.ts';
import type { Formation } from '../08-concurrency/formation.ts';
import { isSamePerson } from './person.ts';
import { span } from './span.ts';

/** What is compared of a deploy. */
export interface Deploy {
  /** Of the app. */
  readonly name: string;
  /** As people name it, e.g. `1a2b3c4`. */
  readonly revision: string;
  /** Milliseconds since the epoch; null without history. */
  readonly committedAt: number | null;
  readonly deployedAt: number;
  /** As Git has them, e.g. `Ada <ada@example.org>`. */
  readonly authors: readonly string[];
  readonly deployer: string;
  readonly builder: { readonly name: string; readonly version: string };
  readonly runtimes: readonly Runtime[];
  readonly services: readonly BoundService[];
  readonly formation: Formation;
  /** Command by process type. */
  readonly processTypes: Readonly<Record<string, string>>;
  /** Variables of its own, those of services not among them. */
  readonly configNames: readonly string[];
  /** Variables that its app.json declares. */
  readonly declared: readonly string[];
}

export interface BoundService {
  readonly kind: string;
  readonly version: string | null;
  readonly variable: string;
}

export type Verdict = 'same' | 'differs' | 'only-left' | 'only-right';

export interface GapEntry {
  /** What was compared, e.g. `service DATABASE_URL`. */
  readonly subject: string;
  readonly verdict: Verdict;
  /** Null where that side has none, or it is not known. */
  readonly left: string | null;
  readonly right: string | null;
  readonly sentence: string;
}

export interface Gap {
  readonly time: readonly GapEntry[];
  readonly people: readonly GapEntry[];
  readonly tools: readonly GapEntry[];
}

export function gapBetween(left: Deploy, right: Deploy): Gap {
  return { time: timeGap(left, right), people: peopleGap(left, right), tools: toolsGap(left, right) };
}

function timeGap(left: Deploy, right: Deploy): GapEntry[] {
  return [
    compare('time from commit to deploy', {
      names: [left.name, right.name],
      values: [delayOf(left), delayOf(right)],
    }),
    commits(left, right),
  ];
}

function delayOf({ committedAt, deployedAt }: Deploy): string | null {
  return committedAt === null ? null : span(deployedAt - committedAt);
}

function commits(left: Deploy, right: Deploy): GapEntry {
  const verdict = left.revision === right.revision ? 'same' : 'differs';
  const sentence = commitSentence(left, right);
  return { subject: 'commit', verdict, left: left.revision, right: right.revision, sentence };
}

function commitSentence(left: Deploy, right: Deploy): string {
  if (left.revision === right.revision) return `${left.name} and ${right.name} both run ${left.revision}`;
  const each = `${left.name} runs ${left.revision}, ${right.name} ${right.revision}`;
  if (left.committedAt === null || right.committedAt === null) return each;
  const apart = left.committedAt - right.committedAt;
  if (apart === 0) return `${each}, committed at the same time`;
  return `${each}, committed ${span(Math.abs(apart))} ${apart > 0 ? 'earlier' : 'later'}`;
}

function peopleGap(left: Deploy, right: Deploy): GapEntry[] {
  const names = [left.name, right.name] as const;
  return [
    compare('who deploys', { names, values: [left.deployer, right.deployer], same: isSamePerson }),
    compare('authors deploy what they wrote', { names, values: [authorship(left), authorship(right)] }),
  ];
}

/** Null when nobody is known to have written it. */
function authorship({ authors, deployer }: Deploy): string | null {
  if (authors.length === 0) return null;
  return authors.some((author) => isSamePerson(author, deployer)) ? 'yes' : 'no';
}

function toolsGap(left: Deploy, right: Deploy): GapEntry[] {
  const names = [left.name, right.name] as const;
  const table = (prefix: string, values: (deploy: Deploy) => ReadonlyMap<string, string>): GapEntry[] =>
    compareAll(prefix, { names, values: [values(left), values(right)] });
  return [
    ...table('builder', ({ builder }) => new Map([[builder.name, builder.version]])),
    ...table('runtime', ({ runtimes }) => new Map(runtimes.map(({ name, version }) => [name, version]))),
    ...table('service', servicesOf),
    ...table('command of', ({ processTypes }) => new Map(Object.entries(processTypes))),
    ...table('processes of', ({ formation }) => quantitiesOf(formation)),
    ...oneSided(left, right),
  ];
}

function servicesOf({ services }: Deploy): ReadonlyMap<string, string> {
  return new Map(
    services.map(({ variable, kind, version }) => [variable, version === null ? kind : `${kind} ${version}`]),
  );
}

function quantitiesOf(formation: Formation): ReadonlyMap<string, string> {
  return new Map(Object.entries(formation).map(([type, quantity]) => [type, String(quantity)]));
}

/** Names of config that one of them lacks. */
function oneSided(left: Deploy, right: Deploy): GapEntry[] {
  const [ours, theirs] = [new Set(left.configNames), new Set(right.configNames)];
  const either = [...new Set([...ours, ...theirs])].sort();
  return either
    .filter((name) => ours.has(name) !== theirs.has(name))
    .map((name) => {
      const [has, lacks] = ours.has(name) ? [left, right] : [right, left];
      const declared = lacks.declared.includes(name) ? `, whose app.json declares it` : '';
      return {
        subject: `variable ${name}`,
        verdict: has === left ? 'only-left' : 'only-right',
        left: has === left ? 'set' : null,
        right: has === right ? 'set' : null,
        sentence: `variable ${name} is set in ${has.name} and not in ${lacks.name}${declared}`,
      };
    });
}

interface Pair<T> {
  /** Of the deploys. */
  readonly names: readonly [string, string];
  readonly values: readonly [T, T];
}

/** An entry for each key that one of them has, in the order of keys. */
function compareAll(prefix: string, { names, values }: Pair<ReadonlyMap<string, string>>): GapEntry[] {
  const [left, right] = values;
  return [...new Set([...left.keys(), ...right.keys()])]
    .sort()
    .map((key) =>
      compare(`${prefix} ${key}`, { names, values: [left.get(key) ?? null, right.get(key) ?? null] }),
    );
}

function compare(
  subject: string,
  {
    names,
    values: [left, right],
    same = Object.is,
  }: Pair<string | null> & { readonly same?: (left: string, right: string) => boolean },
): GapEntry {
  const [ours, theirs] = names;
  const entry = (verdict: Verdict, told: string): GapEntry => {
    return { subject, verdict, left, right, sentence: `${subject}: ${told}` };
  };
  if (left === null && right === null) return entry('same', `not known of ${ours} and ${theirs}`);
  if (right === null) return entry('only-left', `${left} in ${ours}, none in ${theirs}`);
  if (left === null) return entry('only-right', `none in ${ours}, ${right} in ${theirs}`);
  if (same(left, right)) return entry('same', `${left} in both`);
  return entry('differs', `${left} in ${ours}, ${right} in ${theirs}`);
}
