/**
 * The queue: a table whose rows are jobs.
 *
 *   due ──take──► locked ──stamped────────────────────────► gone
 *    ▲              │
 *    │              ├──the work failed, attempts < 5──────► due again, later
 *    │              ├──the work failed, attempts = 5──────► kept, with the reason
 *    └──────────────┴──stopped, killed or cut off─────────► due at once
 *
 * A job is taken by locking its row for the length of one transaction, and SKIP LOCKED lets every worker
 * take another one. So a job needs no lease and no clean-up: whatever ends the worker ends the transaction,
 * and the database itself returns the job.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, DatabaseAway, facts, type Query } from './database.ts';
import { drawStamp } from './stamp.ts';

export type Outcome =
  | { readonly kind: 'idle' }
  | { readonly kind: 'stamped'; readonly entryId: number; readonly attempt: number }
  | {
      readonly kind: 'retried' | 'failed';
      readonly entryId: number;
      readonly attempt: number;
      readonly error: string;
    };

export interface Work {
  /** How long a stamp dries. */
  readonly stampDelayMs: number;
  /** Rejects the work in progress, which returns its job. */
  readonly signal: AbortSignal;
}

/** The work was stopped: its transaction rolls back, and the job is due as before. */
export class JobReturned extends Error {
  readonly entryId: number;
  constructor(entryId: number) {
    super(`Job ${entryId} was returned`);
    this.entryId = entryId;
  }
}

const mostAttempts = 5;

/** Takes one job that is due and does it. Rejects with JobReturned when the signal aborts before it is done. */
export const workOnce = (database: Database, work: Work): Promise<Outcome> =>
  database.transaction(async (query) => {
    const job = await takeJob(query);
    return job ? attempt(query, { job, work }) : { kind: 'idle' };
  });

interface Job {
  readonly entryId: number;
  readonly attempts: number;
  readonly name: string;
  readonly message: string;
}

const takeJob = async (query: Query): Promise<Job | undefined> => {
  const [job] = await query<Job & Record<string, unknown>>(`
    select entry_id as "entryId", attempts, name, message
    from jobs join entries on id = entry_id
    where run_at <= now() and failed_at is null
    order by run_at, entry_id limit 1
    for update of jobs skip locked`);
  return job;
};

const attempt = async (
  query: Query,
  { job, work }: { readonly job: Job; readonly work: Work },
): Promise<Outcome> => {
  await query('savepoint work');
  try {
    await stampEntry(query, { job, work });
    return { kind: 'stamped', entryId: job.entryId, attempt: job.attempts + 1 };
  } catch (error) {
    if (error instanceof DatabaseAway) throw error;
    if (work.signal.aborted) throw new JobReturned(job.entryId);
    await query('rollback to work');
    return postpone(query, { job, error: facts(error).error });
  }
};

const stampEntry = async (
  query: Query,
  { job, work }: { readonly job: Job; readonly work: Work },
): Promise<void> => {
  const stampedAt = new Date();
  const stamp = drawStamp({ ...job, stampedAt });
  await sleep(work.stampDelayMs, undefined, { signal: work.signal });
  await query('update entries set stamp = $2, stamped_at = $3 where id = $1', [
    job.entryId,
    stamp,
    stampedAt,
  ]);
  await query('delete from jobs where entry_id = $1', [job.entryId]);
  await query("select pg_notify('entries', '')");
};

const postpone = async (
  query: Query,
  { job, error }: { readonly job: Job; readonly error: string },
): Promise<Outcome> => {
  const attempts = job.attempts + 1;
  const failed = attempts >= mostAttempts;
  await query(
    `update jobs set attempts = $2, last_error = $3, run_at = now() + make_interval(secs => $4),
       failed_at = case when $5 then now() end
     where entry_id = $1`,
    [job.entryId, attempts, error, 2 ** attempts, failed],
  );
  if (failed) await query("select pg_notify('entries', '')");
  return { kind: failed ? 'failed' : 'retried', entryId: job.entryId, attempt: attempts, error };
};
