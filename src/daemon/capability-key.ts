/** What capability URLs are signed with: derived from the home's master key, so that a link outlives the process that gave it. */
import { hkdfSync } from 'node:crypto';
import { homeFolder } from '../store/home.ts';
import { loadMasterKey } from '../store/sqlite/master-key.ts';

export function capabilityKey(home: string): Uint8Array {
  const variable = process.env.DOZEN_KEY;
  const { key } = loadMasterKey(homeFolder(home, 'keys'), { variable, create: false });
  return new Uint8Array(hkdfSync('sha256', key, '', 'dozen capability links', 32));
}
