/** What people set by command: how an app is reached, where it stands in a pipeline, how its processes and schedules run. */
export const byCommand = `
  CREATE TABLE domains (
    id         TEXT PRIMARY KEY,
    app_id     TEXT NOT NULL REFERENCES apps,
    hostname   TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX domains_by_app ON domains (app_id, hostname);

  CREATE TABLE exports (
    app_id       TEXT NOT NULL REFERENCES apps,
    process_type TEXT NOT NULL,
    port         INTEGER NOT NULL UNIQUE CHECK (port BETWEEN 1 AND 65535),
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (app_id, process_type)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE process_settings (
    app_id       TEXT NOT NULL REFERENCES apps,
    process_type TEXT NOT NULL,
    memory       INTEGER CHECK (memory > 0),
    cpu          REAL CHECK (cpu > 0),
    grace_ms     INTEGER CHECK (grace_ms >= 0),
    signal       TEXT CHECK (signal IN ('SIGTERM', 'SIGINT', 'SIGQUIT')),
    replacement  TEXT CHECK (replacement IN ('start-first', 'stop-first', 'one-by-one')),
    PRIMARY KEY (app_id, process_type)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE pipelines (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    destroyed_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX pipelines_by_name ON pipelines (name) WHERE destroyed_at IS NULL;

  CREATE TABLE couplings (
    id          TEXT PRIMARY KEY,
    pipeline_id TEXT NOT NULL REFERENCES pipelines,
    app_id      TEXT NOT NULL UNIQUE REFERENCES apps,
    stage       TEXT NOT NULL CHECK (stage IN ('development', 'staging', 'production', 'review', 'test')),
    created_at  INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX couplings_by_pipeline ON couplings (pipeline_id);

  CREATE TABLE promotions (
    id             TEXT PRIMARY KEY,
    pipeline_id    TEXT NOT NULL REFERENCES pipelines,
    source_app_id  TEXT NOT NULL,
    source_version INTEGER NOT NULL,
    actor          TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    FOREIGN KEY (source_app_id, source_version) REFERENCES releases
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE promotion_targets (
    promotion_id TEXT NOT NULL REFERENCES promotions,
    position     INTEGER NOT NULL,
    app_id       TEXT NOT NULL REFERENCES apps,
    status       TEXT NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed')),
    version      INTEGER,
    error        TEXT,
    PRIMARY KEY (promotion_id, position),
    UNIQUE (promotion_id, app_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX promotion_targets_pending ON promotion_targets (promotion_id) WHERE status = 'pending';

  CREATE TABLE schedules (
    app_id    TEXT NOT NULL REFERENCES apps,
    name      TEXT NOT NULL,
    command   TEXT NOT NULL,
    cron      TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    overlap   TEXT NOT NULL CHECK (overlap IN ('skip', 'queue', 'allow')),
    PRIMARY KEY (app_id, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE schedule_runs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    app_id     TEXT NOT NULL REFERENCES apps,
    schedule   TEXT NOT NULL,
    planned_at INTEGER NOT NULL,
    started_at INTEGER,
    outcome    TEXT NOT NULL CHECK (outcome IN ('started', 'missed', 'skipped')),
    process    TEXT,
    ended_at   INTEGER,
    exit       TEXT
  ) STRICT;
  CREATE INDEX schedule_runs_by_app ON schedule_runs (app_id);
  CREATE INDEX schedule_runs_by_schedule ON schedule_runs (app_id, schedule);
`;
