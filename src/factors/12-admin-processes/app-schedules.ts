/** The schedules of an app: those that the current release declares, and those set by command, which come before. */
import { userError } from '../../base/error.ts';
import { documentPlace, fields, optional } from '../../base/shape.ts';
import { command } from '../05-build-release-run/command.ts';
import { parseCron } from './cron.ts';
import { type Schedule, scheduleName, timeZone } from './schedule.ts';
import { type Overlap, overlap, type SetSchedule } from './set-schedule.ts';

export interface AppSchedule extends Schedule {
  readonly overlap: Overlap;
  readonly from: 'app.json' | 'command';
}

/** Sorted by name. */
export function appSchedules(declared: readonly Schedule[], set: readonly SetSchedule[]): AppSchedule[] {
  const byCommand = set.map((one): AppSchedule => ({ ...one, cron: parseCron(one.cron), from: 'command' }));
  const others = declared.filter(({ name }) => !set.some((one) => one.name === name));
  const byDeclaration = others.map((one): AppSchedule => ({ ...one, overlap: 'skip', from: 'app.json' }));
  return [...byCommand, ...byDeclaration].sort((a, b) => (a.name < b.name ? -1 : 1));
}

const setSchedule = fields(
  {
    name: scheduleName,
    command,
    timezone: optional(timeZone, 'UTC'),
    overlap: optional(overlap, 'skip' as const),
  },
  { others: 'ignored' },
);

/** @throws SCHEDULE_INVALID, CRON_INVALID */
export function parseSetSchedule(given: unknown, cron: string): SetSchedule {
  const place = documentPlace((complaint) =>
    userError('SCHEDULE_INVALID', `Cannot add the schedule: ${complaint}`, {
      hint: 'dozen schedule add tidy --cron "0 3 * * *" --timezone Europe/Berlin -- node tidy.js',
    }),
  );
  const { timezone, ...rest } = setSchedule(given, place);
  return { ...rest, timeZone: timezone, cron: parseCron(cron).text };
}
