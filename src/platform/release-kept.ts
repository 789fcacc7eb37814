/** A build of before, with the config and the services that the app has now: a rollback's half, or a release tried once more. */
import type { App } from '../factors/01-codebase/app.ts';
import { shortRevision } from '../factors/01-codebase/revision.ts';
import type { Secret } from '../factors/03-config/secret.ts';
import type { Build } from '../factors/05-build-release-run/build.ts';
import type { Release } from '../factors/05-build-release-run/release.ts';
import type { Platform } from './platform.ts';
import { releaseBuild } from './release-build.ts';
import type { Telling } from './rollout.ts';

export interface KeptOrder {
  readonly app: App;
  /** Of the app, and with a slug. */
  readonly build: Build & { readonly slug: NonNullable<Build['slug']> };
  /** Null: one that names the commit. */
  readonly description: string | null;
  readonly actor: string;
  /** Random text for variables that app.json wants generated. */
  readonly secret: () => Secret;
}

/** The current release, brought up once more, when it is what was asked for. @throws ARTIFACT_COLLECTED */
export function releaseKept(platform: Platform, order: KeptOrder, telling: Telling): Promise<Release> {
  const { app, build, actor, secret } = order;
  const { store, turns } = platform;
  const name = shortRevision(build.revision);
  return turns.take(app, `release ${name}`, async () => {
    const slug = store.slug(build.slug);
    if (slug === null) throw new TypeError('a build that succeeded has no slug');
    // Before a release is made of it; one that never was released is looked for when it is carried out.
    const before = store.releases(app.id).find((release) => release.slug === build.slug);
    if (before !== undefined) await platform.requireSlug(slug, { app, version: before.version });
    const description = order.description ?? `Deploy ${name}`;
    const built = { slug, digest: build.slug };
    return releaseBuild(platform, { app, build, built, actor, description, secret }, telling);
  });
}
