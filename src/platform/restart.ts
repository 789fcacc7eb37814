/** Replaces processes by others of the same release, in their types' replacement order. */
import type { Selection } from '../engines/engine.ts';
import type { App } from '../factors/01-codebase/app.ts';
import { requireRunning } from './current.ts';
import type { Platform } from './platform.ts';
import { reachOf } from './reach.ts';
import { awaitSettled, type Telling, tellServing } from './rollout.ts';

export interface RestartOrder {
  readonly app: App;
  readonly selection: Selection;
}

export function restart(
  platform: Platform,
  { app, selection }: RestartOrder,
  telling: Telling,
): Promise<void> {
  return platform.turns.take(app, 'restart it', async () => {
    const running = requireRunning(platform, app, 'restart');
    const started = platform.clock.monotonic();
    const before = new Set((await platform.engine.processes(app.id)).map(({ instance }) => instance));
    await awaitSettled(
      platform,
      { running, telling, isTold: ({ instance }) => !before.has(instance) },
      async () => {
        await platform.engine.restart(app.id, selection);
        telling.tell({ kind: 'restart', of: selection.process ?? selection.type ?? null });
      },
    );
    tellServing(platform, { app, hosts: reachOf(platform, app).hosts, started }, telling);
  });
}
