/** Every call of the API. */
import { accountRoutes } from './account.ts';
import { addonRoutes } from './addons.ts';
import { appRoutes } from './apps.ts';
import { buildRoutes } from './builds.ts';
import { configRoutes } from './config.ts';
import { deployRoutes } from './deploys.ts';
import { diffRoutes } from './diff.ts';
import { domainRoutes } from './domains.ts';
import { dynoRoutes } from './dynos.ts';
import { exportRoutes } from './exports.ts';
import { formationRoutes } from './formation.ts';
import { housekeepingRoutes } from './housekeeping.ts';
import { logRoutes } from './logs.ts';
import { ownRoutes } from './own.ts';
import { pipelineRoutes } from './pipelines.ts';
import { promotionRoutes } from './promotions.ts';
import { releaseRoutes } from './releases.ts';
import type { AnsweringRoute, SendingRoute, StreamingRoute } from './route.ts';
import { scheduleRoutes } from './schedules.ts';
import { serviceRoutes } from './services.ts';
import { sourceRoutes } from './sources.ts';

export const catalogue = {
  ...accountRoutes,
  ...addonRoutes,
  ...appRoutes,
  ...buildRoutes,
  ...configRoutes,
  ...diffRoutes,
  ...deployRoutes,
  ...domainRoutes,
  ...dynoRoutes,
  ...exportRoutes,
  ...formationRoutes,
  ...housekeepingRoutes,
  ...logRoutes,
  ...ownRoutes,
  ...pipelineRoutes,
  ...promotionRoutes,
  ...releaseRoutes,
  ...serviceRoutes,
  ...sourceRoutes,
  ...scheduleRoutes,
} as const;

export type Api = typeof catalogue;

/** Calls that give one answer. */
export type Asking = { [K in keyof Api]: Api[K] extends AnsweringRoute ? K : never }[keyof Api];
/** Of those, the ones whose body is bytes. */
export type Uploading = { [K in Asking]: Api[K] extends { readonly takes: 'bytes' } ? K : never }[Asking];
/** Calls that give bytes. */
export type Downloading = { [K in keyof Api]: Api[K] extends SendingRoute ? K : never }[keyof Api];
/** Calls that give a stream of items. */
export type Following = { [K in keyof Api]: Api[K] extends StreamingRoute ? K : never }[keyof Api];
