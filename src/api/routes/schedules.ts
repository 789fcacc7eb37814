/** Schedules and their runs: Heroku has no calls for them. */
import Type from 'typebox';
import type { Catalogue } from './route.ts';
import { choice, exact, integer, lenient, list, nullable, optional, text, time, truth } from './shapes.ts';

export const scheduleRun = exact({
  id: integer,
  schedule: text,
  planned_at: time,
  started_at: nullable(time),
  outcome: choice(['started', 'missed', 'skipped']),
  process: nullable(text),
  ended_at: nullable(time),
  exit: nullable(text),
});

export const schedule = exact({
  name: text,
  command: text,
  cron: text,
  timezone: text,
  overlap: choice(['skip', 'queue', 'allow']),
  from: choice(['app.json', 'command']),
  next_at: time,
  last: nullable(scheduleRun),
});

/** First the run, then what it says, then how it ended: `code` is what a shell would have of it. */
const runEvent = Type.Union([
  exact({ kind: Type.Literal('run'), run: scheduleRun }),
  exact({ kind: Type.Literal('line'), text }),
  exact({ kind: Type.Literal('end'), exit: text, code: integer }),
]);

export const scheduleRoutes = {
  'GET /dozen/v1/apps/:app/schedules': { need: 'read', status: 200, reply: list(schedule) },
  'POST /dozen/v1/apps/:app/schedules': {
    need: 'write',
    body: lenient({
      name: text,
      command: text,
      cron: text,
      timezone: optional(text),
      overlap: optional(text),
    }),
    status: 201,
    reply: schedule,
  },
  'DELETE /dozen/v1/apps/:app/schedules/:schedule': { need: 'write', status: 200, reply: schedule },
  /** Now. A caller that goes away leaves it running. */
  'POST /dozen/v1/apps/:app/schedules/:schedule/runs': {
    need: 'write',
    body: lenient({ detach: optional(truth) }),
    item: runEvent,
  },
  'GET /dozen/v1/apps/:app/schedule-runs': {
    need: 'read',
    query: lenient({ schedule: optional(text), limit: optional(text) }),
    status: 200,
    reply: list(scheduleRun),
  },
} as const satisfies Catalogue;
