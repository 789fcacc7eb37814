/** From a folder at its commit to serving processes. */
import { asDozenError } from '../base/error.ts';
import type { App } from '../factors/01-codebase/app.ts';
import { foreignCodebase } from '../factors/01-codebase/codebase.ts';
import { type Revision, shortRevision } from '../factors/01-codebase/revision.ts';
import type { Secret } from '../factors/03-config/secret.ts';
import type { Build } from '../factors/05-build-release-run/build.ts';
import type { Release } from '../factors/05-build-release-run/release.ts';
import { knownCodebase } from './known-codebase.ts';
import type { Built, Platform, Source } from './platform.ts';
import { releaseBuild } from './release-build.ts';
import type { Telling } from './rollout.ts';

export interface DeployOrder {
  /** Made when there is none of this name. */
  readonly appName: string;
  readonly source: Source;
  readonly actor: string;
  /** Whether code without a commit in common with what the app runs may take its place. */
  readonly newCodebase: boolean;
  /** Random text for variables that app.json wants generated. */
  readonly secret: () => Secret;
}

export async function deploy(platform: Platform, order: DeployOrder, telling: Telling): Promise<Release> {
  const app = appOf(platform, order.appName, telling);
  const { build, built } = await buildOf(platform, { app, order }, telling);
  const description = `Deploy ${shortRevision(build.revision)}${order.newCodebase ? ' (new codebase)' : ''}`;
  const { actor, secret } = order;
  return platform.turns.take(app, `deploy ${shortRevision(build.revision)}`, () =>
    releaseBuild(platform, { app, build, built, actor, description, secret }, telling),
  );
}

function appOf({ store }: Platform, name: string, { tell }: Telling): App {
  const known = store.findApp(name);
  const app = known ?? store.createApp(name);
  tell({ kind: 'app', id: app.id, name: app.name, created: known === null });
  return app;
}

async function buildOf(
  platform: Platform,
  { app, order }: { readonly app: App; readonly order: DeployOrder },
  { tell, signal }: Telling,
): Promise<{ build: Build; built: Built }> {
  const { store, builds, clock } = platform;
  const started = clock.monotonic();
  const foreign = new AbortController();
  let revision: Revision | null = null;
  let build: Build | null = null;
  try {
    const built = await builds.run(
      {
        appId: app.id,
        source: order.source,
        onEvent(event) {
          if (event.kind === 'source') {
            revision = event.revision;
            const known = order.newCodebase ? null : knownCodebase(platform, app);
            const complaint = foreignCodebase(app.name, known, revision);
            if (complaint !== null) return foreign.abort(complaint);
          }
          if (event.kind !== 'builder') return tell(event);
          if (revision === null) throw new TypeError('a build began without a source');
          const { actor } = order;
          build = store.startBuild({ appId: app.id, revision, builder: event.name, actor });
          tell({ ...event, buildId: build.id });
        },
      },
      AbortSignal.any([signal, foreign.signal]),
    );
    const finished = store.finishBuild(requireBuild(build).id, { slug: built.slug, digest: built.digest });
    const { slug, digest, packages, reused } = built;
    const bytes = slug.layers.reduce((sum, { size }) => sum + size, 0);
    const runtimes = slug.runtimes.map(({ name, version }) => `${name} ${version}`);
    const facts = {
      buildId: finished.id,
      builder: slug.builder.name,
      runtimes,
      packages,
      reused,
      bytes,
      digest,
    };
    tell({ kind: 'built', ...facts, ms: clock.monotonic() - started });
    return { build: finished, built };
  } catch (thrown) {
    const error = foreign.signal.aborted ? foreign.signal.reason : thrown;
    const reason = asDozenError(error).code;
    if (build !== null) store.finishBuild(requireBuild(build).id, { failed: true, reason });
    throw error;
  }
}

function requireBuild(build: Build | null): Build {
  if (build === null) throw new TypeError('a build that ended never said what it was building');
  return build;
}
