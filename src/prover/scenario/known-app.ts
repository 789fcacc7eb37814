/** What was seen of an app, of which lines of a scenario are made. */
import type { Declares } from './declares.ts';
import { type LikelyRoutes, likelyRoutes } from './likely-routes.ts';
import type { Route } from './route.ts';
import type { Routes } from './routes.ts';
import { unseenWays, type Ways } from './ways.ts';

export interface KnownApp {
  readonly likely: LikelyRoutes;
  readonly ways: Ways;
  /** A variable whose value people read, and the page that is likely to show it; null: none was seen. */
  readonly shown: ShownVariable | null;
  /** Whether it has a database of which a table can be locked. */
  readonly tables: boolean;
  /** The document of its scenario; null: it has none. */
  readonly said: SaidSections | null;
}

/** What stands under the keys of a scenario. */
export type SaidSections = Readonly<Record<string, unknown>>;

export interface ShownVariable {
  readonly variable: string;
  readonly page: Route | null;
  /** Whether that page has the value at hand. */
  readonly sure: boolean;
}

export interface Looks {
  readonly seen: Pick<Routes, 'routes' | 'ways'>;
  readonly declares: Declares;
  readonly said: SaidSections | null;
}

/** Of an app whose code was not read. */
export const unseenRoutes: Looks['seen'] = { routes: [], ways: unseenWays };

export function knownApp({ seen: { routes, ways }, declares: { texts, tables }, said }: Looks): KnownApp {
  const likely = likelyRoutes(routes);
  return { likely, ways, shown: shownIn(texts, routes, likely), tables, said };
}

function shownIn(
  texts: readonly string[],
  routes: readonly Route[],
  { cheap, read }: LikelyRoutes,
): ShownVariable | null {
  const gets = routes.filter(({ method, certain }) => method === 'GET' && certain);
  for (const variable of texts) {
    const page = gets.find(({ handler }) => handler.variables.includes(variable));
    if (page !== undefined) return { variable, page, sure: true };
  }
  const [variable] = texts;
  if (variable === undefined) return null;
  return { variable, page: gets.find(({ path }) => path === '/') ?? cheap ?? read, sure: false };
}
