/** Tells the engine again what the app wants: its hosts or policies have changed, its release has not. */
import type { App } from '../factors/01-codebase/app.ts';
import { currentRunning } from './current.ts';
import type { Platform } from './platform.ts';
import { rollout, type Telling } from './rollout.ts';

export function refresh(platform: Platform, app: App, telling: Telling): Promise<void> {
  return platform.turns.take(app, 'change how it is reached', async () => {
    const running = currentRunning(platform, app);
    if (running !== null) await rollout(platform, running, telling);
  });
}
