/** Which codebase an app has: that of the newest release of it that served and whose code had a history. */
import type { App } from '../factors/01-codebase/app.ts';
import type { Revision } from '../factors/01-codebase/revision.ts';
import type { Platform } from './platform.ts';

const atOnce = 100;

/** Null while nothing with a history has served: a tarball tells nothing of where its code is from. */
export function knownCodebase({ store }: Pick<Platform, 'store'>, app: App): Revision | null {
  let from = store.currentRelease(app.id)?.version ?? 0;
  while (from > 0) {
    const page = store.releasesPage(app.id, { from, order: 'desc', limit: atOnce });
    for (const { version, buildId } of page) {
      const served = store.releaseEvents(app.id, version).at(-1)?.status === 'succeeded';
      const revision = buildId === null || !served ? null : (store.findBuild(buildId)?.revision ?? null);
      if (revision !== null && revision.roots.length > 0) return revision;
    }
    from = (page.at(-1)?.version ?? 1) - 1;
  }
  return null;
}
