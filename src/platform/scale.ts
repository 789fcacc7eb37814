/** Changes how many processes of each type run. The release stays the same. */
import type { App } from '../factors/01-codebase/app.ts';
import { type Formation, fitFormation, type Scaling, scale } from '../factors/08-concurrency/formation.ts';
import { requireRunning } from './current.ts';
import { declarationOf } from './desired.ts';
import type { Platform } from './platform.ts';
import { rollout, type Telling } from './rollout.ts';

export interface ScaleOrder {
  readonly app: App;
  readonly scalings: readonly Scaling[];
}

/** The formation after it. When the new processes do not come up, the one before runs on. */
export function scaleApp(
  platform: Platform,
  { app, scalings }: ScaleOrder,
  telling: Telling,
): Promise<Formation> {
  const { store, turns } = platform;
  return turns.take(app, 'scale it', async () => {
    const running = requireRunning(platform, app, 'scale');
    const types = Object.keys(running.slug.processTypes);
    const { formation: declared } = declarationOf(running.slug);
    const formation = scale(fitFormation(types, { current: store.formation(app.id), declared }), scalings);
    telling.tell({ kind: 'formation', formation });
    await rollout(platform, running, telling, formation);
    return formation;
  });
}
