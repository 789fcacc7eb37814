import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkLifeMs, openCapabilities } from './capability.ts';

const key = Buffer.alloc(32, 7);
const claims = { app: 'a1', lines: 100, tail: true };

test('a link gives what it was made of, also to the next process with the same key', () => {
  const link = openCapabilities({ key, clock: { now: () => 0 } }).grant('log', claims);
  assert.match(link, /^[\w.-]+$/);
  const next = openCapabilities({ key, clock: { now: () => linkLifeMs - 1 } });
  assert.deepEqual(next.claimsOf('log', link), claims);
});

test('a link that expired says so', () => {
  const link = openCapabilities({ key, clock: { now: () => 0 } }).grant('log', claims);
  const late = openCapabilities({ key, clock: { now: () => linkLifeMs } });
  assert.throws(() => late.claimsOf('log', link), {
    code: 'LINK_EXPIRED',
    message: 'Cannot follow this link: it was good for 60 minutes',
  });
});

test('a link for something else, of another key, or changed anywhere, is none', () => {
  const clock = { now: () => 0 };
  const capabilities = openCapabilities({ key, clock });
  const link = capabilities.grant('log', claims);
  const refuses = (text: string): void =>
    assert.throws(() => capabilities.claimsOf('log', text), { code: 'LINK_UNKNOWN' });
  refuses(capabilities.grant('build-output', claims));
  refuses(openCapabilities({ key: Buffer.alloc(32, 8), clock }).grant('log', claims));
  for (let at = 0; at < link.length; at += 1)
    // The last character of a signature carries two bits more than it means.
    if (at !== link.length - 1)
      refuses(`${link.slice(0, at)}${link[at] === 'A' ? 'B' : 'A'}${link.slice(at + 1)}`);
  for (const text of ['', '.', '..', `${link}.`, `${link}.x`, link.split('.')[0] ?? '']) refuses(text);
});
