/** Every handler of the API. */
import type { Handlers } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { accountHandlers } from './account.ts';
import { appHandlers } from './apps.ts';
import { configHandlers } from './config.ts';
import { dynoHandlers } from './dynos.ts';
import { formationHandlers } from './formation.ts';
import { ownHandlers } from './own.ts';
import { releaseHandlers } from './releases.ts';
import { scheduleHandlers } from './schedules.ts';

export function handlersOf(context: ApiContext): Handlers {
  return {
    ...accountHandlers(context),
    ...appHandlers(context),
    ...configHandlers(context),
    ...dynoHandlers(context),
    ...formationHandlers(context),
    ...ownHandlers(context),
    ...releaseHandlers(context),
    ...scheduleHandlers(context),
  };
}
