import { createHash } from 'node:crypto';
import type { Digest } from '../../base/digest.ts';

/** The name of a text by its content, as a slug's digest and a release's hash are made. */
export function contentDigest(text: string): Digest {
  return createHash('sha256').update(text).digest('hex');
}
