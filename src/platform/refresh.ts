/** Tells the engine an app's formation again, under the name it has now. Nothing waits for its processes, which stay as they are. */
import type { App } from '../factors/01-codebase/app.ts';
import { currentRunning } from './current.ts';
import type { Platform } from './platform.ts';
import { tellReachSince } from './reach.ts';
import { wantedOf } from './rollout.ts';

export function refresh(platform: Platform, app: App): Promise<void> {
  return platform.turns.take(app, 'rename it', async () => {
    const running = currentRunning(platform, app);
    if (running === null) return;
    const desired = wantedOf(platform, running);
    const { hosts, maintenance = false } = desired;
    await platform.engine.apply(desired);
    await tellReachSince(platform, app, { hosts, maintenance });
  });
}
