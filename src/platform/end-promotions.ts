/** Targets of promotions that `control` was killed over: each ends as its release did. Called once those have ended. */
import type { Promotion } from '../factors/01-codebase/promotion.ts';
import type { Release } from '../factors/05-build-release-run/release.ts';
import type { Platform } from './platform.ts';

/** @param isMine whether a target is to be ended now: its app's releases have all ended, or it is no more. */
export function endPromotions({ store }: Platform, isMine: (appId: string) => boolean): void {
  for (const promotion of store.pendingPromotions()) {
    const slug = store.findRelease(promotion.sourceAppId, promotion.sourceVersion)?.slug ?? null;
    for (const { appId, status } of promotion.targets) {
      if (status !== 'pending' || !isMine(appId)) continue;
      const made = store.releases(appId).find((release) => isOf(release, promotion, slug));
      const ended = made === undefined ? undefined : store.releaseEvents(appId, made.version).at(-1)?.status;
      store.setPromotionTarget(
        promotion.id,
        appId,
        made !== undefined && ended === 'succeeded'
          ? { status: 'succeeded', version: made.version, error: null }
          : { status: 'failed', version: null, error: 'INTERRUPTED' },
      );
    }
  }
}

function isOf(release: Release, { createdAt, actor }: Promotion, slug: string | null): boolean {
  return release.createdAt >= createdAt && release.actor === actor && release.slug === slug;
}
