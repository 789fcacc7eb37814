/**
 * The key that wraps every data key. It comes from the environment (`DOZEN_KEY`), else from a file outside the
 * database and outside the default backup. A `KeyObject` does not print its bytes.
 */
import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type DozenError, userError } from '../../base/error.ts';
import { createFileOnce } from '../durable-file.ts';

export interface MasterKey {
  /** Says which key it is without giving it away: 16 hexadecimal characters. */
  readonly id: string;
  /** 32 bytes, for AES-256. */
  readonly key: KeyObject;
}

export interface MasterKeySource {
  /** The value of `DOZEN_KEY`, where it is set. */
  readonly variable: string | undefined;
  /** Makes a key where there is none. Only right while there is no store yet: a store knows its key. */
  readonly create: boolean;
}

/**
 * `folder` is the home's `keys` folder.
 * @throws MASTER_KEY_INVALID, MASTER_KEY_EXPOSED, MASTER_KEY_MISSING
 */
export function loadMasterKey(folder: string, source: MasterKeySource): MasterKey {
  if (source.variable !== undefined) return parseMasterKey(source.variable, 'DOZEN_KEY');
  const file = path.join(folder, 'master.key');
  // Another process may be making it: the one that was there first is the key.
  if (source.create) createFileOnce(file, `${randomBytes(32).toString('hex')}\n`);
  return readMasterKey(file);
}

/** @throws MASTER_KEY_INVALID, MASTER_KEY_EXPOSED, MASTER_KEY_MISSING */
export function readMasterKey(file: string): MasterKey {
  const text = readKeyFile(file);
  if (text !== null) return parseMasterKey(text, JSON.stringify(file));
  throw userError('MASTER_KEY_MISSING', `Cannot open the store: there is no key ${JSON.stringify(file)}`, {
    hint: 'Put the key file back, or set DOZEN_KEY to the key',
  });
}

export function masterKey(bytes: Uint8Array): MasterKey {
  if (bytes.length !== 32) throw invalid('the bytes given');
  const key = createSecretKey(bytes);
  return { id: createHmac('sha256', key).update('dozen master key id').digest('hex').slice(0, 16), key };
}

/** 64 hexadecimal characters or the base64 of 32 bytes; space around it is left out. */
export function parseMasterKey(text: string, source: string): MasterKey {
  const trimmed = text.trim();
  if (/^[0-9a-fA-F]{64}$/.test(trimmed)) return masterKey(Buffer.from(trimmed, 'hex'));
  if (/^[A-Za-z0-9+/]{43}=?$/.test(trimmed)) return masterKey(Buffer.from(trimmed, 'base64'));
  throw invalid(source);
}

/** Null when there is none. A link is not followed: it could lead to a file that others can change. */
function readKeyFile(file: string): string | null {
  const handle = openKeyFile(file);
  if (handle === null) return null;
  try {
    if ((fstatSync(handle).mode & 0o077) !== 0) throw exposed(file, 'other users have rights on it');
    return readFileSync(handle, 'utf8');
  } finally {
    closeSync(handle);
  }
}

function openKeyFile(file: string): number | null {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    if (code === 'ELOOP') throw exposed(file, 'it is a link');
    throw error;
  }
}

function exposed(file: string, why: string): DozenError {
  return userError('MASTER_KEY_EXPOSED', `Cannot use the key ${JSON.stringify(file)}: ${why}`, {
    hint: `Make it a file of your own and run chmod 600 ${JSON.stringify(file)}`,
  });
}

function invalid(source: string): DozenError {
  return userError('MASTER_KEY_INVALID', `Cannot use ${source} as the master key: it is not 32 bytes`, {
    hint: 'Give 64 hexadecimal characters or base64, as openssl rand -hex 32 prints them',
  });
}
