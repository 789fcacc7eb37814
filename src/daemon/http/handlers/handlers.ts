/** Every handler of the API. */
import type { Handlers } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { accountHandlers } from './account.ts';
import { addonHandlers } from './addons.ts';
import { appHandlers } from './apps.ts';
import { buildHandlers } from './builds.ts';
import { configHandlers } from './config.ts';
import { deployHandlers } from './deploys.ts';
import { diffHandlers } from './diff.ts';
import { domainHandlers } from './domains.ts';
import { dynoHandlers } from './dynos.ts';
import { exportHandlers } from './exports.ts';
import { formationHandlers } from './formation.ts';
import { housekeepingHandlers } from './housekeeping.ts';
import { logHandlers } from './logs.ts';
import { ownHandlers } from './own.ts';
import { pipelineHandlers } from './pipelines.ts';
import { promotionHandlers } from './promotions.ts';
import { releaseHandlers } from './releases.ts';
import { scheduleHandlers } from './schedules.ts';
import { serviceHandlers } from './services.ts';
import { sourceHandlers } from './sources.ts';

export function handlersOf(context: ApiContext): Handlers {
  return {
    ...accountHandlers(context),
    ...addonHandlers(context),
    ...appHandlers(context),
    ...buildHandlers(context),
    ...configHandlers(context),
    ...diffHandlers(context),
    ...deployHandlers(context),
    ...domainHandlers(context),
    ...dynoHandlers(context),
    ...exportHandlers(context),
    ...formationHandlers(context),
    ...housekeepingHandlers(context),
    ...logHandlers(context),
    ...ownHandlers(context),
    ...pipelineHandlers(context),
    ...promotionHandlers(context),
    ...releaseHandlers(context),
    ...serviceHandlers(context),
    ...sourceHandlers(context),
    ...scheduleHandlers(context),
  };
}
