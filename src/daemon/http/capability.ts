/**
 * Links that need no token: a client of Heroku's fetches logs and outputs with programs that carry none. Whoever has the link may
 * get what it names until it expires, over restarts of the platform; a link for one purpose is worth nothing for another.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { type DozenError, userError } from '../../base/error.ts';

export type CapabilityPurpose = 'log' | 'build-output' | 'release-output' | 'source-get' | 'source-put';

export interface Capabilities {
  /** A text of letters, digits, `-`, `_` and `.`. `claims` can be read by whoever has it. */
  grant(purpose: CapabilityPurpose, claims: Readonly<Record<string, unknown>>): string;
  /** What `grant` was given. @throws LINK_UNKNOWN, LINK_EXPIRED */
  claimsOf(purpose: CapabilityPurpose, link: string): Readonly<Record<string, unknown>>;
}

export interface CapabilityOptions {
  /** At least 32 bytes. Other bytes make all links worthless. */
  readonly key: Uint8Array;
  readonly clock: Pick<Clock, 'now'>;
}

export const linkLifeMs = 60 * 60 * 1000;

export function openCapabilities({ key, clock }: CapabilityOptions): Capabilities {
  const sign = (purpose: CapabilityPurpose, text: string): Buffer =>
    createHmac('sha256', key).update(`${purpose}\0${text}`).digest();
  return {
    grant(purpose, claims) {
      const content = JSON.stringify({ claims, expires: clock.now() + linkLifeMs });
      const text = Buffer.from(content).toString('base64url');
      return `${text}.${sign(purpose, text).toString('base64url')}`;
    },
    claimsOf(purpose, link) {
      const [text = '', signature = '', ...more] = link.split('.');
      const wanted = sign(purpose, text);
      const shown = Buffer.from(signature, 'base64url');
      if (more.length > 0 || shown.length !== wanted.length || !timingSafeEqual(shown, wanted))
        throw unknown();
      const { claims, expires } = JSON.parse(Buffer.from(text, 'base64url').toString()) as {
        readonly claims: Readonly<Record<string, unknown>>;
        readonly expires: number;
      };
      if (clock.now() >= expires) throw expired();
      return claims;
    },
  };
}

function unknown(): DozenError {
  return userError('LINK_UNKNOWN', 'Cannot follow this link: it is none of this platform', {
    hint: 'Ask the API for a new one',
  });
}

function expired(): DozenError {
  return userError(
    'LINK_EXPIRED',
    `Cannot follow this link: it was good for ${linkLifeMs / 60_000} minutes`,
    {
      hint: 'Ask the API for a new one',
    },
  );
}
