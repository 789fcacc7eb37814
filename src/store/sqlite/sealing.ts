/**
 * AES-256-GCM. A sealed record is `version (1) | nonce (12) | tag (16) | ciphertext`.
 *
 * What a record is for (whose, under which name, to which purpose) is bound to it as associated data: copied to
 * another row, it does not open. Nonces are random; one key seals far fewer than the 2^32 records that allows.
 */
import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';
import { canonicalJson } from '../../base/json.ts';

const version = 1;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = 1 + nonceBytes + tagBytes;

/** Purpose first, then what names the record. */
export type Binding = readonly (string | number)[];

export function seal(key: KeyObject, plain: Uint8Array, binding: Binding): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(associated(binding));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Uint8Array.of(version), nonce, cipher.getAuthTag(), text]);
}

/** Null when it was sealed with another key or for another purpose, or was changed since. */
export function unseal(key: KeyObject, sealed: Uint8Array, binding: Binding): Buffer | null {
  if (sealed[0] !== version || sealed.length < headBytes) return null;
  const nonce = sealed.subarray(1, 1 + nonceBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(associated(binding));
  decipher.setAuthTag(sealed.subarray(1 + nonceBytes, headBytes));
  const text = decipher.update(sealed.subarray(headBytes));
  try {
    return Buffer.concat([text, decipher.final()]);
  } catch {
    // `final` throws only for a tag that does not match.
    return null;
  }
}

function associated(binding: Binding): Buffer {
  return Buffer.from(canonicalJson(['dozen', version, ...binding]));
}
