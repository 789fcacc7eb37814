/** The world that pure parts are given. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../base/clock.ts';
import { Secret } from '../factors/03-config/secret.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};

/** Ten lower-case letters and digits: two alike in a million starts are as likely as one in two million. */
export function randomName(): string {
  return BigInt(`0x${randomBytes(8).toString('hex')}`)
    .toString(36)
    .padStart(10, '0')
    .slice(-10);
}

/** For a variable that app.json wants made: 256 bits, in hexadecimal. */
export function randomSecret(): Secret {
  return new Secret(randomBytes(32).toString('hex'));
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

export function ownVersion(): string {
  const manifest = path.join(import.meta.dirname, '../../package.json');
  return String(JSON.parse(readFileSync(manifest, 'utf8')).version);
}
