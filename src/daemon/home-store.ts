/** The store in `DOZEN_HOME`, for each of the platform's processes that needs it. */
import { existsSync } from 'node:fs';
import { homeFolder } from '../store/home.ts';
import { finishKeyRotation } from '../store/sqlite/key-rotation.ts';
import { loadMasterKey } from '../store/sqlite/master-key.ts';
import { migrate } from '../store/sqlite/migrations.ts';
import { openStore } from '../store/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { storeFile } from './paths.ts';
import { systemClock } from './system.ts';

export function openHomeStore(home: string): Store {
  const masterKey = loadMasterKey(homeFolder(home, 'keys'), {
    variable: process.env.DOZEN_KEY,
    create: false,
  });
  return openStore(storeFile(home), { masterKey, clock: systemClock });
}

/** The admin process that makes the store, or brings it up to this Dozen's layout. Run by the parent before any role. */
export function prepareHomeStore(home: string): void {
  const isNew = !existsSync(storeFile(home));
  loadMasterKey(homeFolder(home, 'keys'), { variable: process.env.DOZEN_KEY, create: isNew });
  migrate(storeFile(home));
  if (process.env.DOZEN_KEY === undefined)
    finishKeyRotation({ folder: homeFolder(home, 'keys'), store: storeFile(home) });
}
