import type { ReplyOf } from '../../../api/routes/route.ts';
import type { scheduleRoutes } from '../../../api/routes/schedules.ts';
import { userError } from '../../../base/error.ts';
import type { App } from '../../../factors/01-codebase/app.ts';
import { describeExit } from '../../../factors/06-processes/process.ts';
import { type AppSchedule, parseSetSchedule } from '../../../factors/12-admin-processes/app-schedules.ts';
import { statusOf } from '../../../factors/12-admin-processes/run-end.ts';
import { nextRun } from '../../../factors/12-admin-processes/schedule.ts';
import type { ScheduleRun } from '../../../factors/12-admin-processes/schedule-run.ts';
import { requireSchedule, schedulesOf } from '../../../platform/run-schedule.ts';
import type { Caller } from '../admission.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { requireApp, show, timeOf } from '../identify.ts';

type SaidSchedule = ReplyOf<(typeof scheduleRoutes)['DELETE /dozen/v1/apps/:app/schedules/:schedule']>;
type SaidRun = NonNullable<SaidSchedule['last']>;

const runsByDefault = 20;
const mostRuns = 500;

export function scheduleHandlers(context: ApiContext): HandlersOf<typeof scheduleRoutes> {
  const { platform, scheduler } = context;
  const { store } = platform;
  return {
    'GET /dozen/v1/apps/:app/schedules': ({ params }) => {
      const app = requireApp(store, params.app);
      return schedulesOf(platform, app).map((one) => scheduleShape(context, app, one));
    },
    'POST /dozen/v1/apps/:app/schedules': async ({ params, body, caller }) => {
      const app = requireApp(store, params.app);
      const set = parseSetSchedule(body, body.cron);
      if (isDeclared(context, app, set.name)) {
        throw userError('SCHEDULE_NAME_TAKEN', `Cannot add schedule ${show(set.name)}: ${declared(app)}`, {
          hint: 'Choose another name, or change it in app.json, commit and deploy',
        });
      }
      store.addSchedule(app.id, set);
      const detail = { name: set.name, cron: set.cron, timeZone: set.timeZone };
      store.addAudit({ ...byWhom(caller, app), verb: 'schedule.add', detail });
      await scheduler.look();
      return scheduleShape(context, app, requireSchedule(platform, app, set.name));
    },
    'DELETE /dozen/v1/apps/:app/schedules/:schedule': async ({ params, caller }) => {
      const app = requireApp(store, params.app);
      const { schedule: name } = params;
      if (isDeclared(context, app, name)) {
        throw userError('SCHEDULE_DECLARED', `Cannot remove schedule ${show(name)}: ${declared(app)}`, {
          hint: 'Remove it in app.json, commit and deploy',
        });
      }
      const found = scheduleShape(context, app, requireSchedule(platform, app, name));
      store.removeSchedule(app.id, name);
      store.addAudit({ ...byWhom(caller, app), verb: 'schedule.remove', detail: { name } });
      await scheduler.look();
      return found;
    },
    async *'POST /dozen/v1/apps/:app/schedules/:schedule/runs'({ params, body, caller }) {
      const app = requireApp(store, params.app);
      const { run, process } = await scheduler.run(app, params.schedule);
      const detail = { name: run.schedule, process: run.process };
      store.addAudit({ ...byWhom(caller, app), verb: 'schedule.run', detail });
      process.ended.catch(() => undefined);
      yield { kind: 'run', run: runShape(run) };
      if (body.detach === true) return;
      for await (const { text } of process.lines) yield { kind: 'line', text };
      const exit = await process.ended;
      yield { kind: 'end', exit: describeExit(exit), code: statusOf({ exit, timedOut: false }) };
    },
    'GET /dozen/v1/apps/:app/schedule-runs': ({ params, query }) => {
      const app = requireApp(store, params.app);
      const { schedule } = query;
      const limit = limitOf(query.limit);
      return store
        .scheduleRuns(app.id, { limit, ...(schedule === undefined ? {} : { schedule }) })
        .map(runShape);
    },
  };
}

function byWhom({ account }: Caller, app: App): { accountId: string; actor: string; appId: string } {
  return { accountId: account.id, actor: account.email, appId: app.id };
}

function isDeclared({ platform }: ApiContext, app: App, name: string): boolean {
  return schedulesOf(platform, app).some((one) => one.name === name && one.from === 'app.json');
}

function declared({ name }: App): string {
  return `the app.json of ${name} declares it`;
}

function scheduleShape({ platform }: ApiContext, app: App, schedule: AppSchedule): SaidSchedule {
  const { name, command, cron, timeZone, overlap, from } = schedule;
  const last = platform.store.lastScheduleRun(app.id, name);
  return {
    name,
    command,
    cron: cron.text,
    timezone: timeZone,
    overlap,
    from,
    next_at: timeOf(nextRun(schedule, platform.clock.now())),
    last: last === null ? null : runShape(last),
  };
}

function runShape(run: ScheduleRun): SaidRun {
  const { id, schedule, outcome, process, exit } = run;
  return {
    id,
    schedule,
    planned_at: timeOf(run.plannedAt),
    started_at: run.startedAt === null ? null : timeOf(run.startedAt),
    outcome,
    process,
    ended_at: run.endedAt === null ? null : timeOf(run.endedAt),
    exit,
  };
}

function limitOf(text: string | undefined): number {
  const limit = Number(text ?? runsByDefault);
  if (Number.isInteger(limit) && limit > 0) return Math.min(limit, mostRuns);
  throw userError('REQUEST_INVALID', 'Cannot list runs: the limit is no whole number from 1 on', {
    hint: `Ask for limit=${runsByDefault}`,
  });
}
