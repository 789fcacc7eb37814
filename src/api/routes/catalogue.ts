/** Every call of the API. */
import { accountRoutes } from './account.ts';
import { appRoutes } from './apps.ts';
import { configRoutes } from './config.ts';
import { dynoRoutes } from './dynos.ts';
import { formationRoutes } from './formation.ts';
import { ownRoutes } from './own.ts';
import { releaseRoutes } from './releases.ts';
import type { AnsweringRoute, StreamingRoute } from './route.ts';
import { scheduleRoutes } from './schedules.ts';

export const catalogue = {
  ...accountRoutes,
  ...appRoutes,
  ...configRoutes,
  ...dynoRoutes,
  ...formationRoutes,
  ...ownRoutes,
  ...releaseRoutes,
  ...scheduleRoutes,
} as const;

export type Api = typeof catalogue;

/** Calls that give one answer. */
export type Asking = { [K in keyof Api]: Api[K] extends AnsweringRoute ? K : never }[keyof Api];
/** Calls that give a stream. */
export type Following = { [K in keyof Api]: Api[K] extends StreamingRoute ? K : never }[keyof Api];
