/** Processes beyond what Heroku says of them: how they ended, and how they are treated. */

import type { ownRoutes } from '../../../api/routes/own.ts';
import type { ReplyOf } from '../../../api/routes/route.ts';
import type { Ended } from '../../../engines/engine.ts';
import type { App } from '../../../factors/01-codebase/app.ts';
import { describeExit } from '../../../factors/06-processes/process.ts';
import { formatProcessSize } from '../../../factors/08-concurrency/process-size.ts';
import { policyOf } from '../../../factors/process-policy.ts';
import { type ProcessSettings, settledPolicy } from '../../../factors/process-settings.ts';
import { currentRunning } from '../../../platform/current.ts';
import { declarationOf } from '../../../platform/desired.ts';
import { setProcess } from '../../../platform/set-process.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { requireApp, timeOf } from '../identify.ts';
import { announce } from './announce.ts';

type Routes = Pick<
  typeof ownRoutes,
  | 'GET /dozen/v1/apps/:app/history'
  | 'GET /dozen/v1/apps/:app/process-settings'
  | 'PATCH /dozen/v1/apps/:app/process-settings/:type'
>;

export function processHandlers(context: ApiContext): HandlersOf<Routes> {
  const { platform } = context;
  const { store, engine } = platform;
  return {
    'GET /dozen/v1/apps/:app/history': async ({ params }) =>
      (await engine.history(requireApp(store, params.app).id)).map(endedShape),
    'GET /dozen/v1/apps/:app/process-settings': ({ params }) =>
      settingsOf(context, requireApp(store, params.app)),
    'PATCH /dozen/v1/apps/:app/process-settings/:type': async (call) => {
      const app = requireApp(store, call.params.app);
      const { type } = call.params;
      const { grace_ms: graceMs, ...rest } = call.body;
      const change = { ...rest, ...(graceMs === undefined ? {} : { graceMs }) } as Partial<ProcessSettings>;
      const changes = new Map([[type, change]]);
      await announce(context, call, (telling) => setProcess(platform, { app, changes }, telling));
      const { account } = call.caller;
      const detail = { type, ...call.body } as Record<string, string | number | null>;
      store.addAudit({
        accountId: account.id,
        actor: account.email,
        verb: 'process.set',
        appId: app.id,
        detail,
      });
      return settingsOf(context, app).find((each) => each.type === type) ?? emptyOf(type);
    },
  };
}

type Said = ReplyOf<Routes['PATCH /dozen/v1/apps/:app/process-settings/:type']>;

export function settingsOf({ platform }: ApiContext, app: App): Said[] {
  const running = currentRunning(platform, app);
  if (running === null) return [];
  const { policies } = declarationOf(running.slug);
  const set = platform.store.processSettings(app.id);
  return Object.keys(running.slug.processTypes).map((type) => {
    const policy = settledPolicy(policyOf(policies, type), set.get(type));
    const { memoryLimit: memory, cpu, stop, replacement } = policy;
    const size = formatProcessSize({ memory, cpu });
    return { type, size, memory, cpu, signal: stop.signal, grace_ms: stop.graceMs, replacement };
  });
}

/** Of a type that the release which took its place does not have any more. */
function emptyOf(type: string): Said {
  return { type, size: '', memory: 0, cpu: null, signal: '', grace_ms: 0, replacement: '' };
}

function endedShape(one: Ended): ReplyOf<Routes['GET /dozen/v1/apps/:app/history']>[number] {
  const { exit } = one;
  return {
    process: one.process,
    instance: one.instance,
    release: one.release,
    started_at: timeOf(one.startedAt),
    ended_at: timeOf(one.endedAt),
    exit: describeExit(exit),
    exit_code: exit.kind === 'code' ? exit.code : null,
    signal: exit.kind === 'signal' ? exit.signal : null,
    out_of_memory: exit.kind === 'memory',
    asked: one.asked,
    crashes: one.crashes,
    last_lines: [...one.lastLines],
  };
}
