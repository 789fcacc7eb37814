/**
 * A copy of a store that is in use, of one moment. Writers go on meanwhile.
 *
 * SQLite writes a file of its own with what the store holds and nothing it has deleted: a destroyed app's data key is not in
 * it. The copy gets its name when it is whole and on disk, so one that has its name is a store.
 */
import { closeSync, fsyncSync, linkSync, openSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DozenError, isDiskFull, userError } from '../../base/error.ts';
import { syncFolder } from '../durable-file.ts';
import { openDatabase } from './database.ts';
import { refuseForeign } from './migrations.ts';

/**
 * An admin process: it returns when the copy is there, which takes a second for some hundred megabytes. The copy needs the
 * same master key, which is not in it. A store of an older layout is copied as it is.
 * @throws BACKUP_EXISTS, BACKUP_UNWRITABLE, STORE_MISSING, STORE_EXPOSED, STORE_FOREIGN, STORE_FULL
 */
export function backupStore(file: string, into: string): void {
  const target = path.resolve(into);
  const fresh = `${target}.${process.pid}.${process.hrtime.bigint()}`;
  try {
    closeSync(openSync(fresh, 'wx', 0o600));
    copyStore(file, fresh);
    syncFile(fresh);
    linkSync(fresh, target);
    syncFolder(path.dirname(target));
  } catch (error) {
    throw unwritten(target, error);
  } finally {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${fresh}${suffix}`, { force: true });
  }
}

function copyStore(file: string, fresh: string): void {
  const db = openDatabase(file);
  try {
    refuseForeign(db);
    db.run('VACUUM INTO :fresh', { fresh });
  } finally {
    db.close();
  }
  const copy = new DatabaseSync(fresh);
  try {
    copy.exec('PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL');
  } finally {
    copy.close();
  }
}

function syncFile(file: string): void {
  const handle = openSync(file, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function unwritten(target: string, error: unknown): unknown {
  if (error instanceof DozenError || isDiskFull(error)) return error;
  const doing = `back up the store to ${JSON.stringify(target)}`;
  if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
    return userError('BACKUP_EXISTS', `Cannot ${doing}: there is a file of that name`, {
      hint: 'Choose another name, or remove that file',
    });
  }
  return userError('BACKUP_UNWRITABLE', `Cannot ${doing}: ${(error as Error).message}`, {
    hint: 'Choose a folder that exists and that you may write to',
    cause: error,
  });
}
