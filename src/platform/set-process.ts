/** Sets how processes of some types are sized and treated, over what app.json declares; what runs is replaced where that matters. */
import { userError } from '../base/error.ts';
import type { App } from '../factors/01-codebase/app.ts';
import { noSettings, type ProcessSettings } from '../factors/process-settings.ts';
import { requireRunning } from './current.ts';
import type { Platform } from './platform.ts';
import { rollout, type Telling } from './rollout.ts';

export interface SetProcessOrder {
  readonly app: App;
  /** By process type; a member that is null goes back to what app.json declares. */
  readonly changes: ReadonlyMap<string, Partial<ProcessSettings>>;
}

/** When the processes do not come up with it, the settings before are put back. */
export function setProcess(
  platform: Platform,
  { app, changes }: SetProcessOrder,
  telling: Telling,
): Promise<void> {
  const { store, turns } = platform;
  return turns.take(app, 'change its processes', async () => {
    const running = requireRunning(platform, app, 'change the processes of');
    const types = Object.keys(running.slug.processTypes);
    for (const type of changes.keys()) if (!types.includes(type)) throw unknownType(app, type, types);
    const before = store.processSettings(app.id);
    const put = (settings: ReadonlyMap<string, ProcessSettings>): void => {
      for (const type of changes.keys()) store.setProcessSettings(app.id, type, settings.get(type) ?? null);
    };
    put(
      new Map(
        [...changes].map(([type, change]) => [type, { ...noSettings, ...before.get(type), ...change }]),
      ),
    );
    telling.tell({ kind: 'restart', of: [...changes.keys()].join(', ') });
    try {
      await rollout(platform, running, telling);
    } catch (error) {
      put(before);
      throw error;
    }
  });
}

function unknownType(app: App, type: string, types: readonly string[]): Error {
  return userError(
    'PROCESS_TYPE_UNKNOWN',
    `Cannot find the process type ${JSON.stringify(type.slice(0, 80))} of ${app.name}: it has ${types.join(', ') || 'none'}`,
    { hint: `dozen ps scale -a ${app.name} shows those it has` },
  );
}
