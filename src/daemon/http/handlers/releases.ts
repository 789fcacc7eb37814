import type { releaseRoutes } from '../../../api/routes/releases.ts';
import type { BodyOf, ReplyOf } from '../../../api/routes/route.ts';
import { userError } from '../../../base/error.ts';
import type { App } from '../../../factors/01-codebase/app.ts';
import type { Release, ReleaseStatus } from '../../../factors/05-build-release-run/release.ts';
import { releaseKept } from '../../../platform/release-kept.ts';
import { rollback } from '../../../platform/rollback.ts';
import type { Telling } from '../../../platform/rollout.ts';
import type { ReleasesPage } from '../../../store/store.ts';
import { randomSecret } from '../../system.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { releaseId, requireApp, requireRelease, timeOf, userOf } from '../identify.ts';
import { type Origin, releaseOutputUrl } from '../links.ts';
import { type ListRange, readRange, sendFrom } from '../ranges.ts';
import { announce } from './announce.ts';
import { requireSlug, slugId } from './builds.ts';

type Said = ReplyOf<(typeof releaseRoutes)['GET /apps/:app/releases/:release']>;

export function releaseHandlers(context: ApiContext): HandlersOf<typeof releaseRoutes> {
  const { platform } = context;
  const { store } = platform;
  return {
    'GET /apps/:app/releases': ({ params, range, reply, origin }) => {
      const app = requireApp(store, params.app);
      const wanted = readRange(range);
      const found = store.releasesPage(app.id, pageOf(wanted));
      const keyOf = ({ version }: Release): string => String(version);
      const page = sendFrom(found, { range: wanted, reply, by: 'version', keyOf });
      const current = store.currentRelease(app.id);
      return page.map((release) => releaseShape(context, { app, release, current, origin }));
    },
    'GET /apps/:app/releases/:release': ({ params, origin }) => {
      const app = requireApp(store, params.app);
      const release = requireRelease(store, app, params.release);
      return releaseShape(context, { app, release, current: store.currentRelease(app.id), origin });
    },
    'POST /apps/:app/releases': async (call) => {
      const app = requireApp(store, call.params.app);
      const work = workOf(context, { app, body: call.body, actor: call.caller.account.email });
      const { version, done } = await announce(context, call, work);
      const release = version === null ? await done : requireRelease(store, app, String(version));
      const current = store.currentRelease(app.id);
      return releaseShape(context, { app, release, current, origin: call.origin });
    },
  };
}

type Work = (telling: Telling) => Promise<Release>;
interface Ordered {
  readonly app: App;
  readonly body: BodyOf<(typeof releaseRoutes)['POST /apps/:app/releases']>;
  readonly actor: string;
}

/** To a release, all of it; or a slug, with what the app has now. */
function workOf(context: ApiContext, { app, body, actor }: Ordered): Work {
  const { platform } = context;
  if (body.release !== undefined) {
    const { version } = requireRelease(platform.store, app, body.release);
    return (telling) => rollback(platform, { app, version, actor }, telling);
  }
  if (body.slug !== undefined) {
    const build = requireSlug(context, app, body.slug);
    const [line = ''] = (body.description ?? '').split('\n');
    const description = line === '' ? null : line.slice(0, 200);
    return (telling) =>
      releaseKept(platform, { app, build, description, actor, secret: randomSecret }, telling);
  }
  throw userError(
    'REQUEST_INVALID',
    `Cannot make a release of ${app.name}: the call names nothing to release`,
    {
      hint: 'Give "release", a number or an id, or "slug", an id',
    },
  );
}

/** A release more than the page holds tells that there are more. */
function pageOf({ from, order, max }: ListRange): ReleasesPage {
  const limit = max + 1;
  if (from === null) return { order, limit };
  const after = order === 'asc' ? 1 : -1;
  const version = Number(/^\d{1,9}$/.exec(from.value)?.[0] ?? Number.NaN);
  return { from: from.behind ? version + after : version, order, limit };
}

interface Told {
  readonly app: App;
  readonly release: Release;
  readonly current: Release | null;
  readonly origin: Origin;
}

function releaseShape(context: ApiContext, { app, release, current, origin }: Told): Said {
  const { store } = context.platform;
  const last = store.releaseEvents(app.id, release.version).at(-1);
  const status = last?.status ?? 'pending';
  return {
    addon_plan_names: release.attachments.flatMap(({ serviceId }) => {
      const service = store.findService(serviceId);
      return service === null ? [] : [planName(service)];
    }),
    app: { id: app.id, name: app.name },
    artifacts: [],
    created_at: timeOf(release.createdAt),
    current: release.version === current?.version,
    description: release.description,
    eligible_for_rollback: release.buildId !== null && status === 'succeeded',
    id: releaseId(release),
    output_stream_url: hasPhase(context, release)
      ? releaseOutputUrl(context, { app, version: release.version, origin })
      : null,
    slug: release.slug === null ? null : { id: slugId(release.slug) },
    status: statusShape(status),
    updated_at: timeOf(last?.at ?? release.createdAt),
    user: userOf(context, release.actor),
    version: release.version,
  };
}

function hasPhase({ platform: { store } }: ApiContext, { slug }: Release): boolean {
  return slug !== null && store.slug(slug)?.release != null;
}

export function planName({
  kind,
  version,
}: {
  readonly kind: string;
  readonly version: string | null;
}): string {
  return version === null ? kind : `${kind}:${version}`;
}

function statusShape(status: ReleaseStatus): Said['status'] {
  switch (status) {
    case 'succeeded':
    case 'failed':
      return status;
    case 'pending':
    case 'releasing':
    case 'starting':
      return 'pending';
  }
}
