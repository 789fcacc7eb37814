/** Exactly what a release of before was: its build, its config and its set of services, as the next release. */
import { userError } from '../base/error.ts';
import type { App } from '../factors/01-codebase/app.ts';
import type { Release } from '../factors/05-build-release-run/release.ts';
import { attachCredential, type Bound, boundTo, isSame, takeBack, useService } from './bind-service.ts';
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
    const slug = target.slug === null ? null : store.slug(target.slug);
    if (slug !== null) await platform.requireSlug(slug, { app, version });
    const before = boundTo(platform, app);
    const returning = await renew(platform, { app, target }, telling);
    store.restoreRelease(app.id, version);
    let release: Release;
    try {
      await provideServices(platform, { app, needs: [] }, telling);
      const description = `Rollback to v${version}`;
      release = store.createRelease({ appId: app.id, buildId: target.buildId, actor, description });
      telling.tell({ kind: 'release', version: release.version, description, unchanged: false });
      await carryOut(platform, { app, release }, telling);
    } catch (error) {
      // What runs on is the current release: the app's config is its, too.
      if (current !== null) store.restoreRelease(app.id, current.version);
      for (const bound of returning) await takeBack(platform, bound, telling);
      throw error;
    }
    const leaving = before.filter(
      (one) => !target.attachments.some((other) => isSame(one.attachment, other)),
    );
    for (const bound of leaving) await takeBack(platform, bound, telling);
    return release;
  });
}

/**
 * Credentials for what the release was attached to and the app is no more: the ones it had were taken back. None when one of the
 * services is gone: then the release cannot come back.
 */
async function renew(
  platform: Platform,
  { app, target }: { readonly app: App; readonly target: Release },
  telling: Telling,
): Promise<readonly Bound[]> {
  const { store } = platform;
  const attached = store.attachments(app.id);
  const returning = target.attachments.filter((one) => !attached.some((other) => isSame(one, other)));
  const services = returning.map(({ serviceId }) => store.findService(serviceId));
  if (services.includes(null)) return [];
  const renewed: Bound[] = [];
  for (const attachment of returning) {
    const service = services.find((one) => one?.id === attachment.serviceId);
    if (service == null) continue;
    const used = await useService(platform, service, telling);
    const keep = (made: Bound['credential']): void => store.rotateCredential(app.id, attachment, made);
    renewed.push({ app, attachment, credential: await attachCredential(platform, used, { app, keep }) });
  }
  return renewed;
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
