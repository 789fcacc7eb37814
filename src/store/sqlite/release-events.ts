import { platformError } from '../../base/error.ts';
import type { ReleaseEvent, ReleaseStatus } from '../../factors/05-build-release-run/release.ts';
import type { Store } from '../store.ts';
import type { Ledger } from './ledger.ts';

export function releaseEventsOf(
  ledger: Ledger,
): Pick<Store, 'addReleaseEvent' | 'releaseEvents' | 'statuses'> {
  const { db } = ledger;
  return {
    addReleaseEvent: (appId, version, status, reason) =>
      db.write(() => {
        const last = lastStatus(ledger, appId, version);
        refuseBackwards({ appId, version, status, last });
        return addEvent(ledger, { appId, version, status, reason });
      }),
    releaseEvents: (appId, version) =>
      db.all<ReleaseEvent>(`${selectEvents} ORDER BY sequence`, { appId, version }),
    statuses: (appId) => statuses(ledger, appId),
  };
}

export function addEvent(ledger: Ledger, event: Omit<ReleaseEvent, 'sequence' | 'at'>): ReleaseEvent {
  const { appId, version, status, reason } = event;
  const row = ledger.db.one<{ sequence: number }>(
    `SELECT 1 + coalesce(max(sequence), 0) AS sequence FROM release_events
     WHERE app_id = :appId AND version = :version`,
    { appId, version },
  );
  const added: ReleaseEvent = {
    appId,
    version,
    sequence: row?.sequence ?? 1,
    at: ledger.clock.now(),
    status,
    reason,
  };
  ledger.db.run('INSERT INTO release_events VALUES (:appId, :version, :sequence, :at, :status, :reason)', {
    ...added,
  });
  return added;
}

const selectEvents = `SELECT app_id AS appId, version, sequence, at, status, reason FROM release_events
  WHERE app_id = :appId AND version = :version`;

function lastStatus(ledger: Ledger, appId: string, version: number): ReleaseStatus | null {
  const last = ledger.db.one<ReleaseEvent>(`${selectEvents} ORDER BY sequence DESC LIMIT 1`, {
    appId,
    version,
  });
  return last?.status ?? null;
}

/** SQLite takes the columns beside a `max` from the row that has it. */
function statuses({ db }: Ledger, appId: string): ReadonlyMap<number, ReleaseStatus> {
  const rows = db.all<Pick<ReleaseEvent, 'version' | 'status' | 'sequence'>>(
    `SELECT version, status, max(sequence) AS sequence FROM release_events
     WHERE app_id = :appId GROUP BY version ORDER BY version`,
    { appId },
  );
  return new Map(rows.map(({ version, status }) => [version, status]));
}

const order: Readonly<Record<ReleaseStatus, number>> = {
  pending: 0,
  releasing: 1,
  starting: 2,
  succeeded: 3,
  failed: 3,
};

interface StatusChange {
  readonly appId: string;
  readonly version: number;
  readonly status: ReleaseStatus;
  readonly last: ReleaseStatus | null;
}

/** A status may be said again, as by a rollout that goes on after a restart, until the release has ended. */
function refuseBackwards({ appId, version, status, last }: StatusChange): void {
  const why =
    last === null
      ? 'there is no such release'
      : order[last] === order.failed || order[status] < order[last]
        ? `it is ${last}`
        : null;
  if (why === null) return;
  throw platformError(
    'RELEASE_STATUS_REFUSED',
    `Cannot call release ${version} of app ${appId} ${status}: ${why}`,
    { hint: 'Make another release' },
  );
}
