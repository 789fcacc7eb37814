/**
 * One connection to the store's file.
 *
 * Statements are prepared once and kept by their text. Whatever SQLite refuses leaves here as a coded error with
 * SQLite's own as its cause. A write is one transaction that takes the write lock at its begin, so that it cannot
 * fail half-way for another writer's sake.
 */
import { statSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { DozenError, platformError, userError } from '../../base/error.ts';

export type SqlValue = null | number | string | Uint8Array;
export type SqlValues = Readonly<Record<string, SqlValue>>;

export interface Database {
  readonly path: string;
  /** The first row. Rows have the shape their `SELECT` gives them; STRICT tables keep the types. */
  one<Row>(sql: string, values?: SqlValues): Row | null;
  all<Row>(sql: string, values?: SqlValues): Row[];
  /** The number of rows it changed. */
  run(sql: string, values?: SqlValues): number;
  /** `work` sees one state of the store, whoever writes meanwhile. */
  read<T>(work: () => T): T;
  /** All that `work` wrote is on disk when this returns; nothing of it when it throws. Not to be nested. */
  write<T>(work: () => T): T;
  /** Several statements that take no values and give no rows. */
  script(sql: string): void;
  /** Empties the write-ahead log into the file, so that nothing deleted is left in it. @throws STORE_BUSY */
  purgeLog(): void;
  /** Once more is no error. */
  close(): void;
}

/** How long a writer waits for another. */
const busyTimeoutMs = 5_000;

/** @throws STORE_MISSING, STORE_EXPOSED, STORE_FOREIGN */
export function openDatabase(file: string): Database {
  checkFile(file);
  const connection = translated(file, () => connect(file));
  const prepared = preparing(connection);
  const transaction = transacting(connection, prepared);
  return {
    path: file,
    one<Row>(sql: string, values: SqlValues = {}) {
      const row = translated(file, () => prepared(sql).get(values));
      return row === undefined ? null : ({ ...row } as Row);
    },
    all<Row>(sql: string, values: SqlValues = {}) {
      return translated(file, () => prepared(sql).all(values)).map((row) => ({ ...row }) as Row);
    },
    run: (sql, values = {}) => translated(file, () => Number(prepared(sql).run(values).changes)),
    read: (work) => translated(file, () => transaction('BEGIN', work)),
    write: (work) => translated(file, () => transaction('BEGIN IMMEDIATE', work)),
    script: (sql) => translated(file, () => connection.exec(sql)),
    purgeLog: () => purgeLog(file, prepared),
    close() {
      if (connection.isOpen) connection.close();
    },
  };
}

/** Others must not read the file, nor list the folder its write-ahead log lies in. */
function checkFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) {
    throw userError('STORE_MISSING', `Cannot open the store ${JSON.stringify(file)}: there is none`, {
      hint: 'Run dozen migrate, which makes it',
    });
  }
  const folder = path.dirname(file);
  for (const [name, mode] of [[folder, statSync(folder).mode] as const, [file, found.mode] as const]) {
    if ((mode & 0o077) === 0) continue;
    throw userError(
      'STORE_EXPOSED',
      `Cannot open the store ${JSON.stringify(file)}: other users have rights on ${JSON.stringify(name)}`,
      { hint: `Run chmod go-rwx ${JSON.stringify(name)}` },
    );
  }
}

type Prepare = (sql: string) => StatementSync;

function preparing(connection: DatabaseSync): Prepare {
  const statements = new Map<string, StatementSync>();
  return (sql) => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = connection.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
}

function transacting(connection: DatabaseSync, prepared: Prepare) {
  return <T>(begin: string, work: () => T): T => {
    prepared(begin).run();
    try {
      const result = work();
      prepared('COMMIT').run();
      return result;
    } catch (error) {
      // SQLite has undone it already where the disk was full.
      if (connection.isTransaction) prepared('ROLLBACK').run();
      throw error;
    }
  };
}

function connect(file: string): DatabaseSync {
  const connection = new DatabaseSync(file, {
    timeout: busyTimeoutMs,
    enableForeignKeyConstraints: true,
    defensive: true,
  });
  // secure_delete: a destroyed data key must not survive in a free page.
  connection.exec(`
    PRAGMA synchronous = FULL;
    PRAGMA recursive_triggers = ON;
    PRAGMA secure_delete = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
  `);
  return connection;
}

function purgeLog(file: string, prepared: Prepare): void {
  const result = translated(file, () => prepared('PRAGMA wal_checkpoint(TRUNCATE)').get());
  if (result?.busy === 0) return;
  throw platformError(
    'STORE_BUSY',
    `Cannot empty the log of the store ${JSON.stringify(file)}: another process reads it`,
    {
      hint: 'Run the command again',
      left: 'What was deleted is gone from the store, and stays in its write-ahead log until this succeeds',
    },
  );
}

function translated<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof DozenError || !isSqliteError(error)) throw error;
    throw storeError(file, error);
  }
}

interface SqliteError extends Error {
  /** SQLite's extended result code; its low byte is the primary one. */
  readonly errcode: number;
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number';
}

/** SQLite's primary result codes, by https://www.sqlite.org/rescode.html. */
const sqlite = { busy: 5, locked: 6, corrupt: 11, full: 13, notADatabase: 26 } as const;

function storeError(file: string, cause: SqliteError): DozenError {
  const store = `the store ${JSON.stringify(file)}`;
  switch (cause.errcode & 0xff) {
    case sqlite.busy:
    case sqlite.locked:
      return platformError('STORE_BUSY', `Cannot write to ${store}: another process holds its lock`, {
        hint: 'Run the command again',
        cause,
      });
    case sqlite.full:
      return userError('STORE_FULL', `Cannot write to ${store}: the disk is full`, {
        hint: 'Free some space, then run the command again',
        left: 'The store is as it was before',
        cause,
      });
    case sqlite.corrupt:
      return platformError('STORE_CORRUPT', `Cannot use ${store}: its file is damaged`, {
        hint: 'Restore it from a backup',
        cause,
      });
    case sqlite.notADatabase:
      return userError('STORE_FOREIGN', `Cannot use ${store}: the file is not a store of Dozen`, {
        hint: 'Choose another DOZEN_HOME, or put the file elsewhere',
        cause,
      });
    default:
      return platformError('STORE_FAILED', `Cannot use ${store}: SQLite says ${cause.message}`, { cause });
  }
}
