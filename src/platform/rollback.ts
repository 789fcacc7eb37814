/** Exactly what a release of before was: its build, its config and its set of services, as the next release. */
import { userError } from '../base/error.ts';
import type { App } from '../factors/01-codebase/app.ts';
import type { Release } from '../factors/05-build-release-run/release.ts';
import { carryOut } from './carry-out.ts';
import type { Platform } from './platform.ts';
import { provideServices } from './provide-services.ts';
import type { Telling } from './rollout.ts';

export interface RollbackOrder {
  readonly app: App;
  readonly version: number;
  readonly actor: string;
}

export function rollback(
  platform: Platform,
  { app, version, actor }: RollbackOrder,
  telling: Telling,
): Promise<Release> {
  const { store, turns } = platform;
  return turns.take(app, `roll back to v${version}`, async () => {
    const target = targetOf(platform, { app, version });
    const current = store.currentRelease(app.id);
    store.restoreRelease(app.id, version);
    try {
      await provideServices(platform, { app, needs: [] }, telling);
      const description = `Rollback to v${version}`;
      const release = store.createRelease({ appId: app.id, buildId: target.buildId, actor, description });
      telling.tell({ kind: 'release', version: release.version, description, unchanged: false });
      await carryOut(platform, { app, release }, telling);
      return release;
    } catch (error) {
      // What runs on is the current release: the app's config is its, too.
      if (current !== null) store.restoreRelease(app.id, current.version);
      throw error;
    }
  });
}

function targetOf({ store }: Platform, { app, version }: Pick<RollbackOrder, 'app' | 'version'>): Release {
  const target = store.findRelease(app.id, version);
  const see = { hint: `See which there are with dozen releases -a ${app.name}` };
  if (target === null)
    throw userError(
      'RELEASE_UNKNOWN',
      `Cannot roll back ${app.name} to v${version}: there is no such release`,
      see,
    );
  const status = store.releaseEvents(app.id, version).at(-1)?.status;
  if (target.buildId === null || status !== 'succeeded') {
    const why = target.buildId === null ? 'it has no build' : `it is ${status}`;
    throw userError('RELEASE_NOT_ELIGIBLE', `Cannot roll back ${app.name} to v${version}: ${why}`, see);
  }
  return target;
}
