/** What runs of an app now. */
import { userError } from '../base/error.ts';
import type { App } from '../factors/01-codebase/app.ts';
import { runningOf } from './carry-out.ts';
import type { Running } from './desired.ts';
import type { Platform } from './platform.ts';

export function currentRunning(platform: Platform, app: App): Running | null {
  const release = platform.store.currentRelease(app.id);
  return release === null ? null : runningOf(platform, app, release);
}

/** @param doing e.g. `scale`. @throws APP_NOT_DEPLOYED */
export function requireRunning(platform: Platform, app: App, doing: string): Running {
  const running = currentRunning(platform, app);
  if (running !== null) return running;
  throw userError('APP_NOT_DEPLOYED', `Cannot ${doing} ${app.name}: nothing of it has been deployed yet`, {
    hint: `git push dozen main, or dozen deploy -a ${app.name}`,
  });
}
