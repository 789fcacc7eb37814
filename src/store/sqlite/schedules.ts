import { userError } from '../../base/error.ts';
import type { SetSchedule } from '../../factors/12-admin-processes/set-schedule.ts';
import type { ScheduleStore } from '../schedule-store.ts';
import { type Ledger, requireApp } from './ledger.ts';

export function schedulesOf(
  ledger: Ledger,
): Pick<ScheduleStore, 'addSchedule' | 'removeSchedule' | 'schedules'> {
  const { db } = ledger;
  return {
    addSchedule: (appId, schedule) => db.write(() => addSchedule(ledger, appId, schedule)),
    removeSchedule: (appId, name) => db.write(() => removeSchedule(ledger, appId, name)),
    schedules: (appId) =>
      db.all<SetSchedule>(
        `SELECT name, command, cron, time_zone AS timeZone, overlap FROM schedules
         WHERE app_id = :appId ORDER BY name`,
        { appId },
      ),
  };
}

function addSchedule(ledger: Ledger, appId: string, schedule: SetSchedule): void {
  const { name, command, cron, timeZone, overlap } = schedule;
  const doing = `add schedule ${JSON.stringify(name)}`;
  requireApp(ledger, appId, doing);
  if (
    ledger.db.one('SELECT 1 FROM schedules WHERE app_id = :appId AND name = :name', { appId, name }) !== null
  ) {
    throw userError('SCHEDULE_NAME_TAKEN', `Cannot ${doing}: the app has one of that name`, {
      hint: 'Remove it first, or choose another name',
    });
  }
  ledger.db.run('INSERT INTO schedules VALUES (:appId, :name, :command, :cron, :timeZone, :overlap)', {
    appId,
    name,
    command,
    cron,
    timeZone,
    overlap,
  });
}

function removeSchedule(ledger: Ledger, appId: string, name: string): void {
  const removed = ledger.db.run('DELETE FROM schedules WHERE app_id = :appId AND name = :name', {
    appId,
    name,
  });
  if (removed === 1) return;
  throw userError(
    'SCHEDULE_UNKNOWN',
    `Cannot remove schedule ${JSON.stringify(name)}: the app has none of that name`,
    { hint: 'See which schedules the app has; those of app.json are removed there' },
  );
}
