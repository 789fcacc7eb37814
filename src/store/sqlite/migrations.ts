/**
 * The store's layout, as numbered steps. A step that was published is never edited: its number in `user_version` is
 * all a store knows of it. Only `migrate`, an admin process, changes a layout; opening a store never does.
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import path from 'node:path';
import { userError } from '../../base/error.ts';
import { makeFolder, syncFolder } from '../durable-file.ts';
import { type Database, openDatabase } from './database.ts';
import { ledger } from './migrations/001-ledger.ts';
import { server } from './migrations/002-server.ts';
import { byCommand } from './migrations/003-by-command.ts';

/** SQL by number, from 1. */
export const migrations: readonly string[] = [ledger, server, byCommand];

/** `DOZN`, in the file's header: tells a store from any other SQLite file. */
const applicationId = 0x444f5a4e;

/**
 * Brings the store to this layout, makes it where there is none, and does nothing where it is current already.
 * Each step is one transaction: a step that fails leaves the store at the one before.
 * @throws STORE_NEWER, STORE_FOREIGN
 */
export function migrate(file: string, steps: readonly string[] = migrations): void {
  createFile(file);
  const db = openDatabase(file);
  try {
    adopt(db);
    db.script('PRAGMA journal_mode = WAL');
    let more = true;
    while (more) more = takeStep(db, steps);
  } finally {
    db.close();
  }
}

/** 0 where there is no store. */
export function storeLayout(file: string): number {
  if (!existsSync(file)) return 0;
  const db = openDatabase(file);
  try {
    return layoutOf(db);
  } finally {
    db.close();
  }
}

/** @throws STORE_OLDER, STORE_NEWER, STORE_FOREIGN */
export function checkLayout(db: Database): void {
  const found = layoutOf(db);
  refuseForeign(db);
  refuseNewer(db, { found, known: migrations.length });
  if (found === migrations.length) return;
  throw userError(
    'STORE_OLDER',
    `Cannot open the store ${JSON.stringify(db.path)}: its layout is ${found}, this Dozen needs ${migrations.length}`,
    { hint: 'Run dozen migrate' },
  );
}

/** SQLite gives its log files the rights of the store's file, so those are set before SQLite sees it. */
function createFile(file: string): void {
  makeFolder(path.dirname(file));
  closeSync(openSync(file, 'a', 0o600));
  syncFolder(path.dirname(file));
}

function adopt(db: Database): void {
  db.write(() => {
    if (isEmpty(db)) db.script(`PRAGMA application_id = ${applicationId}`);
    refuseForeign(db);
  });
}

/** False when there is none left. The layout is read under the write lock: another process may be migrating. */
function takeStep(db: Database, steps: readonly string[]): boolean {
  return db.write(() => {
    const found = layoutOf(db);
    refuseNewer(db, { found, known: steps.length });
    const step = steps[found];
    if (step === undefined) return false;
    db.script(step);
    db.script(`PRAGMA user_version = ${found + 1}`);
    return true;
  });
}

function layoutOf(db: Database): number {
  return db.one<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
}

/** @throws STORE_FOREIGN */
export function refuseForeign(db: Database): void {
  const found = db.one<{ application_id: number }>('PRAGMA application_id')?.application_id;
  if (found === applicationId || isEmpty(db)) return;
  throw userError(
    'STORE_FOREIGN',
    `Cannot use the store ${JSON.stringify(db.path)}: the file is not a store of Dozen`,
    { hint: 'Choose another DOZEN_HOME, or put the file elsewhere' },
  );
}

/** As a `migrate` that was killed early leaves it. */
function isEmpty(db: Database): boolean {
  return layoutOf(db) === 0 && db.one('SELECT 1 FROM sqlite_schema') === null;
}

function refuseNewer(db: Database, layout: { readonly found: number; readonly known: number }): void {
  if (layout.found <= layout.known) return;
  throw userError(
    'STORE_NEWER',
    `Cannot open the store ${JSON.stringify(db.path)}: its layout is ${layout.found}, this Dozen knows ${layout.known}`,
    { hint: 'Use the version of Dozen that wrote it, or a newer one' },
  );
}
