/**
 * Every app and every service has a data key; the master key wraps it. Deleting the data key makes all that it
 * sealed unreadable for ever, wherever a copy lies.
 *
 * ```
 * master key ──wraps──► data key of an owner ──seals──► config values, credentials, service state
 * ```
 * A data key is unwrapped anew at each use, so that one that another process deleted is not used from memory.
 */
import { createHmac, createSecretKey, hkdfSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { platformError, userError } from '../../base/error.ts';
import { Secret } from '../../factors/03-config/secret.ts';
import { type Database, openDatabase } from './database.ts';
import type { MasterKey } from './master-key.ts';
import { checkLayout } from './migrations.ts';
import { type Binding, seal, unseal } from './sealing.ts';

export interface DataKey {
  readonly id: string;
  readonly ownerId: string;
  readonly key: KeyObject;
}

/** As it is stored. */
export interface Sealed {
  readonly keyId: string;
  readonly sealed: Uint8Array;
}

export interface DataKeys {
  create(ownerId: string): void;
  /** Null for an owner without one: it was destroyed. */
  find(ownerId: string): DataKey | null;
  destroy(ownerId: string): void;
}

/**
 * The data keys of a store. Its first opening binds the store to its master key; from then on another is refused.
 * @throws MASTER_KEY_WRONG
 */
export function openDataKeys(db: Database, master: MasterKey): DataKeys {
  bindMasterKey(db, master);
  return {
    create(ownerId) {
      refuseRotated(db, master);
      const key = { keyId: randomUUID(), ownerId };
      insertKey(db, {
        ...key,
        masterKeyId: master.id,
        wrapped: wrap(master, { ...key, bytes: randomBytes(32) }),
      });
    },
    find(ownerId) {
      const row = db.one<KeyRow>(`${selectKeys} WHERE owner_id = :ownerId`, { ownerId });
      return row === null
        ? null
        : { id: row.keyId, ownerId, key: createSecretKey(unwrap(db.path, master, row)) };
    },
    destroy(ownerId) {
      db.run('DELETE FROM data_keys WHERE owner_id = :ownerId', { ownerId });
    },
  };
}

export function sealSecret(key: DataKey, secret: Secret, binding: Binding): Sealed {
  const sealed = seal(key.key, Buffer.from(secret.reveal()), [...binding, key.ownerId, key.id]);
  return { keyId: key.id, sealed };
}

/** @throws SEALED_RECORD_INVALID */
export function openSecret(key: DataKey, record: Sealed, binding: Binding): Secret {
  const plain =
    record.keyId === key.id ? unseal(key.key, record.sealed, [...binding, key.ownerId, key.id]) : null;
  if (plain !== null) return new Secret(plain.toString());
  const name = binding.join(' ');
  throw platformError(
    'SEALED_RECORD_INVALID',
    `Cannot unseal ${JSON.stringify(name)}: it was changed, or belongs elsewhere`,
    { hint: 'Restore the store from a backup' },
  );
}

/** A hash that only who has the owner's data key can compare or guess by. */
export function keyedHash(key: DataKey, text: string): string {
  const derived = hkdfSync('sha256', key.key, new Uint8Array(0), 'dozen fingerprint', 32);
  return createHmac('sha256', Buffer.from(derived)).update(text).digest('hex');
}

/**
 * Wraps every data key with `to` instead of `from`. An admin process: those that have the store open with `from` are
 * refused from then on. `to` has to be kept safe before: nothing else opens the store when this has returned.
 * @throws MASTER_KEY_WRONG when `from` is not the store's
 */
export function rotateMasterKey(
  file: string,
  keys: { readonly from: MasterKey; readonly to: MasterKey },
): void {
  const db = openDatabase(file);
  try {
    checkLayout(db);
    bindMasterKey(db, keys.from);
    db.write(() => {
      refuseRotated(db, keys.from);
      for (const row of db.all<KeyRow>(selectKeys)) {
        const wrapped = wrap(keys.to, { ...row, bytes: unwrap(file, keys.from, row) });
        db.run('UPDATE data_keys SET master_key_id = :id, wrapped = :wrapped WHERE owner_id = :ownerId', {
          id: keys.to.id,
          wrapped,
          ownerId: row.ownerId,
        });
      }
      db.run('UPDATE master_key SET key_id = :id, proof = :proof', { id: keys.to.id, proof: prove(keys.to) });
    });
    db.purgeLog();
  } finally {
    db.close();
  }
}

/** Says which master key the store takes; null for one that takes none yet. */
export function storeKeyId(file: string): string | null {
  const db = openDatabase(file);
  try {
    checkLayout(db);
    return db.one<{ keyId: string }>('SELECT key_id AS keyId FROM master_key')?.keyId ?? null;
  } finally {
    db.close();
  }
}

/** What a rotation that was cut off has left in the write-ahead log is still wrapped with the old key. */
export function purgeStoreLog(file: string): void {
  const db = openDatabase(file);
  try {
    db.purgeLog();
  } finally {
    db.close();
  }
}

interface KeyRow {
  readonly ownerId: string;
  readonly keyId: string;
  readonly masterKeyId: string;
  readonly wrapped: Uint8Array;
}

const selectKeys =
  'SELECT owner_id AS ownerId, key_id AS keyId, master_key_id AS masterKeyId, wrapped FROM data_keys';

function insertKey(db: Database, row: KeyRow): void {
  db.run('INSERT INTO data_keys VALUES (:ownerId, :keyId, :masterKeyId, :wrapped)', { ...row });
}

type KeyName = Pick<KeyRow, 'ownerId' | 'keyId'>;

function wrap(master: MasterKey, key: KeyName & { readonly bytes: Uint8Array }): Buffer {
  return seal(master.key, key.bytes, ['data key', key.ownerId, key.keyId, master.id]);
}

function unwrap(file: string, master: MasterKey, row: KeyRow): Buffer {
  if (row.masterKeyId !== master.id) throw wrongKey(file, { needed: row.masterKeyId, given: master.id });
  const bytes = unseal(master.key, row.wrapped, ['data key', row.ownerId, row.keyId, master.id]);
  if (bytes !== null) return bytes;
  throw platformError(
    'SEALED_RECORD_INVALID',
    `Cannot unseal the data key ${row.keyId}: it was changed, or belongs elsewhere`,
    { hint: 'Restore the store from a backup' },
  );
}

/** The proof opens with the right key alone, so a wrong one is refused before anything is written with it. */
function bindMasterKey(db: Database, master: MasterKey): void {
  const select = 'SELECT key_id AS keyId, proof FROM master_key';
  const bound =
    db.one<BoundKey>(select) ??
    db.write(() => {
      db.run('INSERT INTO master_key VALUES (1, :id, :proof) ON CONFLICT DO NOTHING', {
        id: master.id,
        proof: prove(master),
      });
      return db.one<BoundKey>(select);
    });
  const opens = bound !== null && unseal(master.key, bound.proof, ['master key', master.id]) !== null;
  if (!opens) throw wrongKey(db.path, { needed: bound?.keyId ?? 'none', given: master.id });
}

/** Under the write lock: what is wrapped with a key that another process has replaced would be lost. */
function refuseRotated(db: Database, master: MasterKey): void {
  const bound = db.one<BoundKey>('SELECT key_id AS keyId, proof FROM master_key');
  if (bound?.keyId !== master.id) {
    throw wrongKey(db.path, { needed: bound?.keyId ?? 'none', given: master.id });
  }
}

interface BoundKey {
  readonly keyId: string;
  readonly proof: Uint8Array;
}

function prove(master: MasterKey): Buffer {
  return seal(master.key, new Uint8Array(0), ['master key', master.id]);
}

function wrongKey(file: string, keys: { readonly needed: string; readonly given: string }) {
  return userError(
    'MASTER_KEY_WRONG',
    `Cannot open the store ${JSON.stringify(file)}: it needs the master key ${keys.needed}, not ${keys.given}`,
    { hint: 'Put back the key file it was made with, or set DOZEN_KEY to that key' },
  );
}
