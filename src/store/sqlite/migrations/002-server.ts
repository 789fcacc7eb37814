/**
 * What a server must know beside the ledger of 001.
 *
 * Releases may come before the first build. SQLite cannot loosen a column, so the table is made anew: dropping it takes
 * its triggers along and leaves the references to it open until the commit, by when the same rows are there again.
 * `format` is the form a release's hash was made in; what layout 1 made is format 1.
 */
export const server = `
  PRAGMA defer_foreign_keys = ON;
  CREATE TABLE moved_releases AS SELECT * FROM releases;
  DROP TABLE releases;
  CREATE TABLE releases (
    app_id        TEXT NOT NULL REFERENCES apps,
    version       INTEGER NOT NULL,
    format        INTEGER NOT NULL CHECK (format IN (1, 2)),
    build_id      TEXT REFERENCES builds,
    slug          TEXT REFERENCES slugs,
    actor         TEXT NOT NULL,
    description   TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    previous_hash TEXT,
    hash          TEXT NOT NULL,
    PRIMARY KEY (app_id, version),
    CHECK ((build_id IS NULL) = (slug IS NULL))
  ) STRICT, WITHOUT ROWID;
  INSERT INTO releases
    SELECT app_id, version, 1, build_id, slug, actor, description, created_at, previous_hash, hash FROM moved_releases;
  DROP TABLE moved_releases;
  CREATE TRIGGER releases_refuse_update BEFORE UPDATE ON releases
  BEGIN SELECT RAISE(ABORT, 'releases are append-only'); END;
  CREATE TRIGGER releases_refuse_delete BEFORE DELETE ON releases
  BEGIN SELECT RAISE(ABORT, 'releases are append-only'); END;
  CREATE TRIGGER releases_refuse_insert BEFORE INSERT ON releases
  WHEN NEW.version <> 1 + (SELECT coalesce(max(version), 0) FROM releases WHERE app_id = NEW.app_id)
    OR NEW.previous_hash IS NOT
      (SELECT hash FROM releases WHERE app_id = NEW.app_id AND version = NEW.version - 1)
    OR (NEW.build_id IS NULL AND
      (SELECT build_id FROM releases WHERE app_id = NEW.app_id AND version = NEW.version - 1) IS NOT NULL)
  BEGIN SELECT RAISE(ABORT, 'releases are append-only'); END;

  ALTER TABLE builds ADD COLUMN actor TEXT;
  ALTER TABLE builds ADD COLUMN reason TEXT CHECK (reason IS NULL OR status = 'failed');
  DROP TRIGGER builds_refuse_update;
  CREATE TRIGGER builds_refuse_update BEFORE UPDATE ON builds
  WHEN OLD.status <> 'running'
    OR (OLD.id, OLD.app_id, OLD.sequence, OLD.revision, OLD.builder, OLD.created_at, OLD.actor)
      IS NOT (NEW.id, NEW.app_id, NEW.sequence, NEW.revision, NEW.builder, NEW.created_at, NEW.actor)
  BEGIN SELECT RAISE(ABORT, 'a build is finished once and keeps its facts'); END;

  CREATE TABLE app_settings (
    app_id      TEXT PRIMARY KEY REFERENCES apps,
    maintenance INTEGER NOT NULL CHECK (maintenance IN (0, 1)),
    kept_builds INTEGER NOT NULL CHECK (kept_builds BETWEEN 1 AND 1000)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE accounts (
    id         TEXT PRIMARY KEY,
    email      TEXT NOT NULL UNIQUE COLLATE NOCASE,
    name       TEXT,
    created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE authorizations (
    id           TEXT PRIMARY KEY,
    account_id   TEXT NOT NULL REFERENCES accounts,
    description  TEXT NOT NULL,
    scopes       TEXT NOT NULL,
    token_digest TEXT NOT NULL UNIQUE
      CHECK (length(token_digest) = 64 AND token_digest NOT GLOB '*[^0-9a-f]*'),
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER,
    revoked_at   INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX authorizations_by_account ON authorizations (account_id);

  CREATE TABLE audit (
    sequence   INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    account_id TEXT REFERENCES accounts,
    actor      TEXT NOT NULL,
    verb       TEXT NOT NULL,
    app_id     TEXT REFERENCES apps,
    detail     TEXT NOT NULL,
    PRIMARY KEY (sequence)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX audit_by_app ON audit (app_id, sequence);
  CREATE TRIGGER audit_refuse_update BEFORE UPDATE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
  CREATE TRIGGER audit_refuse_delete BEFORE DELETE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
  CREATE TRIGGER audit_refuse_insert BEFORE INSERT ON audit
  WHEN NEW.sequence <> 1 + (SELECT coalesce(max(sequence), 0) FROM audit)
  BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
`;
