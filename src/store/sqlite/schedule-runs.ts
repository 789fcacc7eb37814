import type { ScheduleRun } from '../../factors/12-admin-processes/schedule-run.ts';
import type { NewScheduleRun, ScheduleStore } from '../schedule-store.ts';
import { type Ledger, requireApp } from './ledger.ts';

type Runs = Pick<ScheduleStore, 'addScheduleRun' | 'endScheduleRun' | 'scheduleRuns' | 'lastScheduleRun'>;

export function scheduleRunsOf(ledger: Ledger): Runs {
  const { db } = ledger;
  return {
    addScheduleRun: (run) => db.write(() => addRun(ledger, run)),
    endScheduleRun(id, exit) {
      const now = ledger.clock.now();
      db.write(() =>
        db.run('UPDATE schedule_runs SET ended_at = :now, exit = :exit WHERE id = :id AND ended_at IS NULL', {
          now,
          exit,
          id,
        }),
      );
    },
    scheduleRuns: (appId, { schedule, limit }) =>
      schedule === undefined
        ? db.all<ScheduleRun>(`${selectRuns} ORDER BY id DESC LIMIT :limit`, { appId, limit })
        : db.all<ScheduleRun>(`${ofSchedule} LIMIT :limit`, { appId, schedule, limit }),
    lastScheduleRun: (appId, schedule) => db.one<ScheduleRun>(`${ofSchedule} LIMIT 1`, { appId, schedule }),
  };
}

const selectRuns = `SELECT id, app_id AS appId, schedule, planned_at AS plannedAt, started_at AS startedAt, outcome,
  process, ended_at AS endedAt, exit FROM schedule_runs WHERE app_id = :appId`;
const ofSchedule = `${selectRuns} AND schedule = :schedule ORDER BY id DESC`;

const keptRuns = 500;

function addRun(ledger: Ledger, run: NewScheduleRun): ScheduleRun {
  requireApp(ledger, run.appId, `note a run of ${run.schedule}`);
  const { appId, schedule, plannedAt, startedAt, outcome, process } = run;
  const added = ledger.db.one<{ id: number }>(
    `INSERT INTO schedule_runs (app_id, schedule, planned_at, started_at, outcome, process)
     VALUES (:appId, :schedule, :plannedAt, :startedAt, :outcome, :process) RETURNING id`,
    { appId, schedule, plannedAt, startedAt, outcome, process },
  );
  dropOldest(ledger, appId);
  return { id: added?.id ?? 0, ...run, endedAt: null, exit: null };
}

/** The last run of a schedule says what was missed since: a schedule that runs often must not push it out. */
function dropOldest({ db }: Ledger, appId: string): void {
  db.run(
    `DELETE FROM schedule_runs WHERE id IN
       (SELECT id FROM schedule_runs AS run WHERE app_id = :appId
          AND id < (SELECT max(id) FROM schedule_runs AS other
            WHERE other.app_id = run.app_id AND other.schedule = run.schedule)
        ORDER BY id LIMIT max(0, (SELECT count(*) FROM schedule_runs WHERE app_id = :appId) - :kept))`,
    { appId, kept: keptRuns },
  );
}
