/** What a `control` that was killed left halfway: ended as failed, or swept. Run before a new one takes orders. */
import { openRuntimes } from '../builders/runtimes.ts';
import { openArtifacts } from '../store/artifacts.ts';
import { homeFolder } from '../store/home.ts';
import { openLayers } from '../store/layers.ts';
import type { Store } from '../store/store.ts';
import { sweepBuilds } from './sweep-builds.ts';

/** The reason a build or release carries that was cut off. */
const interrupted = 'INTERRUPTED';

export async function clearUp(home: string, store: Store): Promise<void> {
  for (const { id } of store.apps()) {
    for (const build of store.builds(id))
      if (build.status === 'running') store.finishBuild(build.id, { failed: true, reason: interrupted });
    endRelease(store, id);
  }
  await sweepBuilds(home);
  const artifacts = await openArtifacts(homeFolder(home, 'artifacts'));
  await artifacts.sweep();
  await (await openLayers(homeFolder(home, 'layers'), artifacts)).sweep();
  await openRuntimes({ folder: homeFolder(home, 'runtimes'), host: { user: null, run: noBuild } }).sweep();
}

/** Only the newest can be on its way. */
function endRelease(store: Store, appId: string): void {
  const [newest] = store.releases(appId);
  if (newest === undefined) return;
  const last = store.releaseEvents(appId, newest.version).at(-1)?.status;
  if (last !== 'succeeded' && last !== 'failed')
    store.addReleaseEvent(appId, newest.version, 'failed', interrupted);
}

function noBuild(): never {
  throw new TypeError('nothing is built while clearing up');
}
