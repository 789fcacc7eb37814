/** The shared tail of what changes an app without building it: the build that runs, with what the app carries now, released. */
import type { App } from '../factors/01-codebase/app.ts';
import type { Release } from '../factors/05-build-release-run/release.ts';
import { carryOut } from './carry-out.ts';
import type { Platform } from './platform.ts';
import type { Telling } from './rollout.ts';

export interface ReleaseOrder {
  readonly app: App;
  readonly actor: string;
  readonly description: string;
}

/** Null when it would carry what the current release carries. A first deploy that failed is tried again with what has changed. */
export async function releaseAgain(
  platform: Platform,
  { app, actor, description }: ReleaseOrder,
  telling: Telling,
): Promise<Release | null> {
  const { store } = platform;
  const current = store.currentRelease(app.id);
  if (
    current !== null &&
    store.releaseFingerprint(app.id, current.version) === store.fingerprint(app.id, current.slug)
  )
    return null;
  const release = store.createRelease({
    appId: app.id,
    buildId: current?.buildId ?? lastBuild(platform, app),
    actor,
    description,
  });
  telling.tell({ kind: 'release', version: release.version, description, unchanged: false });
  await carryOut(platform, { app, release }, telling);
  return release;
}

function lastBuild({ store }: Platform, app: App): string | null {
  return store.releases(app.id).find(({ buildId }) => buildId !== null)?.buildId ?? null;
}
