/** Sets and unsets variables: one release, with whoever asked for it. */
import type { App } from '../factors/01-codebase/app.ts';
import { type Config, checkConfigSize } from '../factors/03-config/config.ts';
import { type ConfigChanges, changed, describeChanges } from '../factors/03-config/config-changes.ts';
import type { Release } from '../factors/05-build-release-run/release.ts';
import type { Platform } from './platform.ts';
import { releaseAgain } from './release-again.ts';
import type { Telling } from './rollout.ts';

export interface ConfigureOrder {
  readonly app: App;
  readonly changes: ConfigChanges;
  readonly actor: string;
}

/** Null when nothing is other than before. The config is kept when its release fails: the next release carries it. */
export function configure(
  platform: Platform,
  { app, changes, actor }: ConfigureOrder,
  telling: Telling,
): Promise<Release | null> {
  const { store, turns } = platform;
  return turns.take(app, 'change its config', async () => {
    const before = store.config(app.id);
    const real = changed(before, changes);
    if (real.size === 0) return null;
    checkConfigSize(merged(before, real));
    store.configure(app.id, real);
    return releaseAgain(platform, { app, actor, description: describeChanges(real) }, telling);
  });
}

function merged(config: Config, changes: ConfigChanges): Config {
  const after = new Map(config);
  for (const [name, value] of changes) {
    if (value === null) after.delete(name);
    else after.set(name, value);
  }
  return after;
}
