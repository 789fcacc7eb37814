-- One job for each entry that waits for its stamp. A job that failed for good stays, with its reason.
create table jobs (
  entry_id integer primary key references entries on delete cascade,
  attempts integer not null default 0,
  run_at timestamptz not null default now(),
  failed_at timestamptz,
  last_error text
);

create index jobs_due on jobs (run_at) where failed_at is null;
