/** What routes are likely to be for, by their paths. Guesses: whoever takes one says where the route was seen. */
import type { Route } from './route.ts';

export interface LikelyRoutes {
  /** Answers fast and changes nothing. */
  readonly cheap: Route | null;
  readonly write: Route | null;
  /** Shows what `write` wrote. */
  readonly read: Route | null;
  readonly signUp: Route | null;
  readonly signIn: Route | null;
  /** Shows who is signed in. */
  readonly whoAmI: Route | null;
  readonly enqueue: Route | null;
  /** Shows what became of a job. */
  readonly jobs: Route | null;
  readonly fail: Route | null;
}

const healthPaths = ['/healthz', '/health', '/livez', '/readyz', '/up', '/ping'];
const signUpPath = /\/(?:sign-?_?up|register|registration)$/i;
const signInPath = /\/(?:log-?_?in|sign-?_?in|sessions?|authenticate|auth)$/i;
const otherVisits = /\/(?:log-?_?out|sign-?_?out|password|reset|forgot|verify|confirm|callback)(?:\/|$)/i;
const whoAmIPath = /\/(?:me|whoami|profile|account|dashboard)$/i;
const jobPath = /\/[^/]*(?:job|queue|task)[^/]*$/i;
const failPath = /\/(?:fail|error|crash|boom|throw|explode)$/i;

export function likelyRoutes(routes: readonly Route[]): LikelyRoutes {
  const posts = surestFirst(routes.filter(({ method }) => method === 'POST'));
  const gets = surestFirst(routes.filter(({ method }) => method === 'GET'));
  const signUp = at(posts, signUpPath);
  const signIn = at(posts, signInPath);
  const isVisit = ({ path }: Route): boolean =>
    [signUpPath, signInPath, otherVisits].some((pattern) => pattern.test(path));
  const enqueue = at(posts, jobPath);
  const write = posts.find((route) => !isVisit(route) && route !== enqueue) ?? enqueue;
  const read = write === null ? null : showing(write, gets);
  return {
    cheap: cheapest(gets.filter(({ certain }) => certain)),
    write,
    read,
    signUp,
    signIn,
    whoAmI: at(gets, whoAmIPath),
    enqueue: enqueue ?? write,
    jobs: at(gets, jobPath) ?? read,
    fail: at(gets, failPath),
  };
}

/** Where it was seen, whatever its file is called. */
export function placeOf({ file, line }: Route): string {
  return `${file.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200)}:${line}`;
}

function surestFirst(routes: readonly Route[]): readonly Route[] {
  return [...routes.filter(({ certain }) => certain), ...routes.filter(({ certain }) => !certain)];
}

function at(routes: readonly Route[], pattern: RegExp): Route | null {
  return routes.find(({ path }) => pattern.test(path)) ?? null;
}

function cheapest(gets: readonly Route[]): Route | null {
  return [...healthPaths, '/'].flatMap((known) => gets.find(({ path }) => path === known) ?? [])[0] ?? null;
}

/** At the same path, or at that of the list that it is in; else the first page. */
function showing({ path }: Route, gets: readonly Route[]): Route | null {
  const parent = path.slice(0, Math.max(1, path.lastIndexOf('/')));
  const likely = [path, `${path}.json`, parent, `${parent}.json`, '/'];
  return likely.flatMap((known) => gets.find((get) => get.path === known) ?? [])[0] ?? null;
}
