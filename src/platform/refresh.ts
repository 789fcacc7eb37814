/**
 * Tells the engine again what the app wants: how it is reached has changed, its release and processes have not. Nothing waits
 * for its processes: maintenance is for an app that does not come up, too.
 */
import type { App } from '../factors/01-codebase/app.ts';
import { currentRunning } from './current.ts';
import type { Platform } from './platform.ts';
import { wantedOf } from './rollout.ts';

export function refresh(platform: Platform, app: App): Promise<void> {
  return platform.turns.take(app, 'change how it is reached', async () => {
    const running = currentRunning(platform, app);
    if (running !== null) await platform.engine.apply(wantedOf(platform, running));
  });
}
