/** What a `control` that was killed left halfway: ended as failed, or swept. Run before a new one takes orders. */
import { openRuntimes } from '../builders/runtimes.ts';
import type { App } from '../factors/01-codebase/app.ts';
import { resume } from '../platform/carry-out.ts';
import { currentRunning } from '../platform/current.ts';
import { endPromotions } from '../platform/end-promotions.ts';
import type { Platform } from '../platform/platform.ts';
import { openArtifacts } from '../store/artifacts.ts';
import { homeFolder } from '../store/home.ts';
import { openLayers } from '../store/layers.ts';
import type { Changes } from './changes.ts';
import { sweepBuilds } from './sweep-builds.ts';

/** The reason a build or release carries that was cut off. */
const interrupted = 'INTERRUPTED';

export interface Restarted {
  readonly platform: Platform;
  readonly changes: Changes;
}

export async function clearUp(home: string, { platform, changes }: Restarted): Promise<void> {
  const { store } = platform;
  for (const { id } of store.unfinishedBuilds()) store.finishBuild(id, { failed: true, reason: interrupted });
  const resumed = new Set<string>();
  for (const app of store.apps()) takeUp(app, { platform, changes }, resumed);
  endPromotions(platform, (appId) => !resumed.has(appId));
  await sweepBuilds(home);
  const artifacts = await openArtifacts(homeFolder(home, 'artifacts'));
  await artifacts.sweep();
  await (await openLayers(homeFolder(home, 'layers'), artifacts)).sweep();
  const runtimes = openRuntimes({ folder: homeFolder(home, 'runtimes'), host: { user: null, run: noBuild } });
  await runtimes.sweep();
  // A restored home has none of those that come with Dozen.
  for (const app of store.apps()) {
    for (const runtime of currentRunning(platform, app)?.slug.runtimes ?? [])
      await runtimes.provideOwn(runtime);
  }
}

/** Only the newest can be on its way. One whose processes were starting is what the engine goes on with: its end is awaited. */
function takeUp(app: App, { platform, changes }: Restarted, resumed: Set<string>): void {
  const { store } = platform;
  const [release] = store.releasesPage(app.id, { order: 'desc', limit: 1 });
  if (release === undefined) return;
  switch (store.releaseEvents(app.id, release.version).at(-1)?.status) {
    case 'succeeded':
    case 'failed':
      return;
    case 'starting':
      resumed.add(app.id);
      changes.start((telling) =>
        platform.turns
          .take(app, `go on with v${release.version}`, () => resume(platform, { app, release }, telling))
          .finally(() => endPromotions(platform, (appId) => appId === app.id)),
      );
      return;
    case 'pending':
    case 'releasing':
    case undefined:
      store.addReleaseEvent(app.id, release.version, 'failed', interrupted);
  }
}

function noBuild(): never {
  throw new TypeError('nothing is built while clearing up');
}
