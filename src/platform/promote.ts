/**
 * The build that one app of a pipeline runs, given to others of it: exactly that slug, with each one's own config and services.
 * Nothing is built again: the target's ledger gets a build of its own with the same revision, builder and slug.
 *
 * ```
 * promotion on disk, every target pending ──► each target in its own turn: release, rollout ──► succeeded | failed
 * ```
 * A target that fails keeps what it ran; the others go on.
 */
import { asDozenError, userError } from '../base/error.ts';
import type { App } from '../factors/01-codebase/app.ts';
import { foreignCodebase } from '../factors/01-codebase/codebase.ts';
import type { Pipeline } from '../factors/01-codebase/pipeline.ts';
import type { Promotion } from '../factors/01-codebase/promotion.ts';
import { shortRevision } from '../factors/01-codebase/revision.ts';
import type { Secret } from '../factors/03-config/secret.ts';
import type { Build } from '../factors/05-build-release-run/build.ts';
import type { Release } from '../factors/05-build-release-run/release.ts';
import { requireRunning } from './current.ts';
import type { Running } from './desired.ts';
import { knownCodebase } from './known-codebase.ts';
import type { Platform } from './platform.ts';
import { releaseBuild } from './release-build.ts';
import type { Telling } from './rollout.ts';

export interface PromotionOrder {
  readonly pipeline: Pipeline;
  readonly source: App;
  /** At least one, each once. */
  readonly targets: readonly App[];
  readonly actor: string;
  /** Random text for variables that app.json wants generated. */
  readonly secret: () => Secret;
}

/** @throws PROMOTION_INCOMPLETE when a target failed, once all have ended */
export async function promote(
  platform: Platform,
  order: PromotionOrder,
  telling: Telling,
): Promise<Promotion> {
  const { store } = platform;
  const promoted = promotedOf(platform, order);
  const { pipeline, source, targets, actor } = order;
  const { id } = store.createPromotion({
    pipelineId: pipeline.id,
    sourceAppId: source.id,
    sourceVersion: promoted.release.version,
    actor,
    targets: targets.map((target) => target.id),
  });
  telling.tell({ kind: 'promotion', id, what: promoted.name, targets: targets.map(({ name }) => name) });
  const outcomes = await Promise.all(
    targets.map((target) => promoteTo(platform, { id, target, promoted, order }, telling)),
  );
  const failed = targets.filter((_, at) => !outcomes[at]);
  if (failed.length > 0) throw incomplete(promoted, failed);
  return requirePromotion(platform, id);
}

/** What a release or a promotion names it by: `shop-staging v12 1a2b3c4`. */
interface Promoted extends Running {
  readonly name: string;
  readonly build: Build;
}

/** @throws APP_NOT_DEPLOYED, PROMOTION_REFUSED */
function promotedOf(platform: Platform, { pipeline, source, targets }: PromotionOrder): Promoted {
  const { store } = platform;
  const running = requireRunning(platform, source, 'promote');
  const coupled = new Set(store.couplings({ pipelineId: pipeline.id }).map(({ appId }) => appId));
  const stranger = [source, ...targets].find(({ id }) => !coupled.has(id));
  if (stranger !== undefined) throw refused(source, `${stranger.name} is not in pipeline ${pipeline.name}`);
  if (targets.length === 0) throw refused(source, 'no app to promote to is named');
  if (targets.some(({ id }) => id === source.id)) throw refused(source, 'it cannot be promoted to itself');
  const build = buildOf(platform, source, running.release);
  const name = `${source.name} v${running.release.version} ${shortRevision(build.revision)}`;
  return { ...running, name, build };
}

interface Target {
  readonly id: string;
  readonly target: App;
  readonly promoted: Promoted;
  readonly order: PromotionOrder;
}

/** Whether it went well; how it ended is on disk. */
async function promoteTo(
  platform: Platform,
  { id, target, promoted, order }: Target,
  telling: Telling,
): Promise<boolean> {
  const { store } = platform;
  const { signal } = telling;
  const tell: Telling['tell'] = (event) => telling.tell({ kind: 'target', app: target.name, event });
  try {
    const { version } = await platform.turns.take(target, `promote ${promoted.name} to it`, () =>
      release(platform, { target, promoted, order }, { tell, signal }),
    );
    store.setPromotionTarget(id, target.id, { status: 'succeeded', version, error: null });
    return true;
  } catch (thrown) {
    const error = asDozenError(thrown);
    tell({ kind: 'failed', error: error.toJSON() });
    store.setPromotionTarget(id, target.id, { status: 'failed', version: null, error: error.code });
    return false;
  }
}

async function release(
  platform: Platform,
  { target, promoted, order }: Omit<Target, 'id'>,
  telling: Telling,
): Promise<Release> {
  refuseForeign(platform, target, promoted);
  const { slug, build } = promoted;
  const digest = digestOf(build);
  const { actor, secret } = order;
  const own = ownBuild(platform, { target, promoted, actor });
  const description = `Promote ${promoted.name}`;
  return releaseBuild(
    platform,
    { app: target, build: own, built: { slug, digest }, actor, description, secret },
    telling,
  );
}

/** One codebase, many deploys. @throws CODEBASE_FOREIGN */
function refuseForeign(platform: Platform, target: App, { build: { revision } }: Promoted): void {
  const complaint = foreignCodebase(target.name, knownCodebase(platform, target), revision);
  if (complaint !== null) throw complaint;
}

/** A release names a build of its own app: the same revision and slug, recorded there. */
function ownBuild(
  { store }: Platform,
  { target, promoted, actor }: { readonly target: App; readonly promoted: Promoted; readonly actor: string },
): Build {
  const { revision, builder } = promoted.build;
  const digest = digestOf(promoted.build);
  const known = store
    .builds(target.id)
    .find(({ slug, revision: { commit } }) => slug === digest && commit === revision.commit);
  if (known !== undefined) return known;
  const { id } = store.startBuild({ appId: target.id, revision, builder, actor });
  return store.finishBuild(id, { slug: promoted.slug, digest });
}

function buildOf({ store }: Platform, app: App, { version }: Pick<Release, 'version'>): Build {
  const buildId = store.findRelease(app.id, version)?.buildId ?? null;
  const build = buildId === null ? null : store.findBuild(buildId);
  if (build === null) throw new TypeError(`v${version} of ${app.name} runs and has no build`);
  return build;
}

function digestOf({ id, slug }: Build): string {
  if (slug === null) throw new TypeError(`build ${id} was released and has no slug`);
  return slug;
}

function requirePromotion({ store }: Platform, id: string): Promotion {
  const promotion = store.findPromotion(id);
  if (promotion === null) throw new TypeError(`promotion ${id} was made and is not there`);
  return promotion;
}

function refused(source: App, why: string): Error {
  return userError('PROMOTION_REFUSED', `Cannot promote ${source.name}: ${why}`, {
    hint: 'dozen pipelines info NAME shows which apps it has, and at which stage',
  });
}

function incomplete({ name }: Promoted, failed: readonly App[]): Error {
  const names = failed.map((app) => app.name).join(', ');
  return userError('PROMOTION_INCOMPLETE', `Cannot promote ${name} everywhere: it failed for ${names}`, {
    hint: 'Mend what is said above, and promote again: what has it already stays',
    left: `${names}: what ran before runs on`,
  });
}
