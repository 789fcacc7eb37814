/** What this machine has once: host user ids and ports. */
import { userError } from '../../base/error.ts';
import type { PortRange, Store } from '../store.ts';
import type { Ledger } from './ledger.ts';

type Leases = Pick<Store, 'userId' | 'leasePort' | 'releasePort' | 'portLeases'>;
type UserIdRange = Parameters<Store['userId']>[1];

export function leasesOf(ledger: Ledger): Leases {
  const { db } = ledger;
  return {
    userId: (ownerId, range) => db.write(() => userId(ledger, ownerId, range)),
    leasePort: (holder, options, isFree) => db.write(() => leasePort(ledger, { holder, ...options }, isFree)),
    releasePort(holder) {
      const now = ledger.clock.now();
      db.write(() =>
        db.run('UPDATE port_leases SET holder = NULL, released_at = :now WHERE holder = :holder', {
          now,
          holder,
        }),
      );
    },
    portLeases: () => db.all('SELECT holder, port FROM port_leases WHERE holder IS NOT NULL ORDER BY port'),
  };
}

/** The rows are never deleted, so the highest is where the next begins, whoever was destroyed since. */
function userId(ledger: Ledger, ownerId: string, { first, last }: UserIdRange): number {
  const { db } = ledger;
  const known = db.one<{ id: number }>('SELECT user_id AS id FROM user_ids WHERE owner_id = :ownerId', {
    ownerId,
  });
  if (known !== null) return known.id;
  const highest = db.one<{ id: number | null }>(
    'SELECT max(user_id) AS id FROM user_ids WHERE user_id BETWEEN :first AND :last',
    { first, last },
  );
  const next = (highest?.id ?? first - 1) + 1;
  if (next > last) {
    throw userError('USER_IDS_EXHAUSTED', `Cannot give a user id: all of ${first} to ${last} were given`, {
      hint: 'Give Dozen a range of user ids that it has not used',
    });
  }
  db.run('INSERT INTO user_ids VALUES (:next, :ownerId)', { next, ownerId });
  return next;
}

interface LeaseRow {
  readonly port: number;
  readonly holder: string | null;
  readonly releasedAt: number | null;
}

function leasePort(
  ledger: Ledger,
  wanted: PortRange & { readonly holder: string },
  isFree: (port: number) => boolean,
): number {
  const { db } = ledger;
  const { holder, first, last } = wanted;
  const held = db.one<{ port: number }>('SELECT port FROM port_leases WHERE holder = :holder', { holder });
  if (held !== null) return held.port;
  const resting = restingPorts(ledger, wanted);
  for (let port = first; port <= last; port++) {
    if (resting.has(port) || !isFree(port)) continue;
    db.run(
      `INSERT INTO port_leases VALUES (:port, :holder, NULL)
       ON CONFLICT DO UPDATE SET holder = excluded.holder, released_at = NULL`,
      { port, holder },
    );
    return port;
  }
  throw userError('PORTS_EXHAUSTED', `Cannot lease a port: none of ${first} to ${last} is free`, {
    hint: 'Stop some processes, or give Dozen a wider range of ports',
  });
}

/** Those that are held, and those that were until a moment ago. A clock that was set back counts as its distance. */
function restingPorts(ledger: Ledger, { first, last, coolDownMs }: PortRange): Set<number> {
  const now = ledger.clock.now();
  const rows = ledger.db.all<LeaseRow>(
    `SELECT port, holder, released_at AS releasedAt FROM port_leases WHERE port BETWEEN :first AND :last`,
    { first, last },
  );
  const resting = rows.filter(
    (row) => row.releasedAt === null || Math.abs(now - row.releasedAt) < coolDownMs,
  );
  return new Set(resting.map((row) => row.port));
}
