/**
 * The first layout.
 *
 * What may never change is refused by the database itself, to every connection that has the file open:
 *
 * - UPDATE and DELETE by triggers that fire whatever the connection's settings are.
 * - INSERT OR REPLACE deletes the row in its way without firing a DELETE trigger unless the connection asked for
 *   recursive triggers, so a BEFORE INSERT trigger refuses a key that exists. These tables are WITHOUT ROWID: a
 *   hidden rowid would be one more key to replace by.
 * - What belongs to a release is inserted before the release's own row, which closes it: nothing can be added later.
 */
const unchanging = (table: string): string => `
  CREATE TRIGGER ${table}_refuse_update BEFORE UPDATE ON ${table}
  BEGIN SELECT RAISE(ABORT, '${table} are append-only'); END;
  CREATE TRIGGER ${table}_refuse_delete BEFORE DELETE ON ${table}
  BEGIN SELECT RAISE(ABORT, '${table} are append-only'); END;`;

const refuseInsert = (table: string, condition: string): string => `
  CREATE TRIGGER ${table}_refuse_insert BEFORE INSERT ON ${table} WHEN ${condition}
  BEGIN SELECT RAISE(ABORT, '${table} are append-only'); END;`;

export const ledger = `
  CREATE TABLE master_key (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    key_id   TEXT NOT NULL,
    proof    BLOB NOT NULL
  ) STRICT;

  CREATE TABLE data_keys (
    owner_id      TEXT PRIMARY KEY,
    key_id        TEXT NOT NULL UNIQUE,
    master_key_id TEXT NOT NULL,
    wrapped       BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE apps (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    destroyed_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX apps_by_name ON apps (name) WHERE destroyed_at IS NULL;

  CREATE TABLE config (
    app_id TEXT NOT NULL REFERENCES apps,
    name   TEXT NOT NULL,
    key_id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (app_id, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE formation (
    app_id       TEXT NOT NULL REFERENCES apps,
    process_type TEXT NOT NULL,
    quantity     INTEGER NOT NULL CHECK (quantity >= 0),
    PRIMARY KEY (app_id, process_type)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE services (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    kind         TEXT NOT NULL,
    version      TEXT,
    created_at   INTEGER NOT NULL,
    destroyed_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX services_by_name ON services (name) WHERE destroyed_at IS NULL;

  CREATE TABLE service_state (
    service_id TEXT PRIMARY KEY REFERENCES services,
    key_id     TEXT NOT NULL,
    sealed     BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE attachments (
    app_id     TEXT NOT NULL REFERENCES apps,
    variable   TEXT NOT NULL,
    service_id TEXT NOT NULL REFERENCES services,
    PRIMARY KEY (app_id, variable)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX attachments_by_service ON attachments (service_id);

  CREATE TABLE credentials (
    app_id     TEXT NOT NULL REFERENCES apps,
    service_id TEXT NOT NULL REFERENCES services,
    variable   TEXT NOT NULL,
    key_id     TEXT NOT NULL,
    sealed     BLOB NOT NULL,
    PRIMARY KEY (app_id, service_id, variable)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX credentials_by_service ON credentials (service_id);

  CREATE TABLE slugs (
    digest   TEXT PRIMARY KEY,
    manifest TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  ${unchanging('slugs')}
  ${refuseInsert('slugs', 'EXISTS (SELECT 1 FROM slugs WHERE digest = NEW.digest)')}

  CREATE TABLE builds (
    id          TEXT PRIMARY KEY,
    app_id      TEXT NOT NULL REFERENCES apps,
    sequence    INTEGER NOT NULL,
    revision    TEXT NOT NULL,
    builder     TEXT NOT NULL,
    status      TEXT NOT NULL CHECK (status IN ('running', 'succeeded', 'failed')),
    slug        TEXT REFERENCES slugs,
    slug_size   INTEGER,
    created_at  INTEGER NOT NULL,
    finished_at INTEGER,
    UNIQUE (app_id, sequence),
    CHECK ((status = 'succeeded') = (slug IS NOT NULL)),
    CHECK ((slug IS NULL) = (slug_size IS NULL)),
    CHECK ((status = 'running') = (finished_at IS NULL))
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER builds_refuse_update BEFORE UPDATE ON builds
  WHEN OLD.status <> 'running'
    OR (OLD.id, OLD.app_id, OLD.sequence, OLD.revision, OLD.builder, OLD.created_at)
      IS NOT (NEW.id, NEW.app_id, NEW.sequence, NEW.revision, NEW.builder, NEW.created_at)
  BEGIN SELECT RAISE(ABORT, 'a build is finished once and keeps its facts'); END;
  CREATE TRIGGER builds_refuse_delete BEFORE DELETE ON builds
  BEGIN SELECT RAISE(ABORT, 'builds are append-only'); END;
  ${refuseInsert(
    'builds',
    `EXISTS (SELECT 1 FROM builds WHERE id = NEW.id)
      OR EXISTS (SELECT 1 FROM builds WHERE app_id = NEW.app_id AND sequence = NEW.sequence)`,
  )}

  CREATE TABLE releases (
    app_id        TEXT NOT NULL REFERENCES apps,
    version       INTEGER NOT NULL,
    build_id      TEXT NOT NULL REFERENCES builds,
    slug          TEXT NOT NULL REFERENCES slugs,
    actor         TEXT NOT NULL,
    description   TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    previous_hash TEXT,
    hash          TEXT NOT NULL,
    PRIMARY KEY (app_id, version)
  ) STRICT, WITHOUT ROWID;
  ${unchanging('releases')}
  ${refuseInsert(
    'releases',
    `NEW.version <> 1 + (SELECT coalesce(max(version), 0) FROM releases WHERE app_id = NEW.app_id)
      OR NEW.previous_hash IS NOT
        (SELECT hash FROM releases WHERE app_id = NEW.app_id AND version = NEW.version - 1)`,
  )}

  CREATE TABLE release_config (
    app_id  TEXT NOT NULL,
    version INTEGER NOT NULL,
    name    TEXT NOT NULL,
    key_id  TEXT NOT NULL,
    sealed  BLOB NOT NULL,
    PRIMARY KEY (app_id, version, name),
    FOREIGN KEY (app_id, version) REFERENCES releases DEFERRABLE INITIALLY DEFERRED
  ) STRICT, WITHOUT ROWID;
  ${unchanging('release_config')}
  ${refuseInsert(
    'release_config',
    `EXISTS (SELECT 1 FROM releases WHERE app_id = NEW.app_id AND version = NEW.version)
      OR EXISTS (SELECT 1 FROM release_config
        WHERE app_id = NEW.app_id AND version = NEW.version AND name = NEW.name)`,
  )}

  CREATE TABLE release_attachments (
    app_id     TEXT NOT NULL,
    version    INTEGER NOT NULL,
    variable   TEXT NOT NULL,
    service_id TEXT NOT NULL REFERENCES services,
    PRIMARY KEY (app_id, version, variable),
    FOREIGN KEY (app_id, version) REFERENCES releases DEFERRABLE INITIALLY DEFERRED
  ) STRICT, WITHOUT ROWID;
  ${unchanging('release_attachments')}
  ${refuseInsert(
    'release_attachments',
    `EXISTS (SELECT 1 FROM releases WHERE app_id = NEW.app_id AND version = NEW.version)
      OR EXISTS (SELECT 1 FROM release_attachments
        WHERE app_id = NEW.app_id AND version = NEW.version AND variable = NEW.variable)`,
  )}

  CREATE TABLE release_events (
    app_id   TEXT NOT NULL,
    version  INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    status   TEXT NOT NULL CHECK (status IN ('pending', 'releasing', 'starting', 'succeeded', 'failed')),
    reason   TEXT,
    PRIMARY KEY (app_id, version, sequence),
    FOREIGN KEY (app_id, version) REFERENCES releases
  ) STRICT, WITHOUT ROWID;
  ${unchanging('release_events')}
  ${refuseInsert(
    'release_events',
    `NEW.sequence <> 1 + (SELECT coalesce(max(sequence), 0) FROM release_events
        WHERE app_id = NEW.app_id AND version = NEW.version)
      OR (SELECT status FROM release_events WHERE app_id = NEW.app_id AND version = NEW.version
        ORDER BY sequence DESC LIMIT 1) IN ('succeeded', 'failed')`,
  )}

  CREATE TABLE generations (
    owner_id   TEXT PRIMARY KEY,
    generation INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE user_ids (
    user_id  INTEGER NOT NULL,
    owner_id TEXT NOT NULL UNIQUE,
    PRIMARY KEY (user_id)
  ) STRICT, WITHOUT ROWID;
  ${unchanging('user_ids')}
  ${refuseInsert(
    'user_ids',
    'EXISTS (SELECT 1 FROM user_ids WHERE user_id = NEW.user_id OR owner_id = NEW.owner_id)',
  )}

  CREATE TABLE port_leases (
    port        INTEGER NOT NULL,
    holder      TEXT UNIQUE,
    released_at INTEGER,
    PRIMARY KEY (port),
    CHECK ((holder IS NULL) <> (released_at IS NULL))
  ) STRICT, WITHOUT ROWID;
`;
