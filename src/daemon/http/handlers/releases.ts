import type { releaseRoutes } from '../../../api/routes/releases.ts';
import type { ReplyOf } from '../../../api/routes/route.ts';
import { userError } from '../../../base/error.ts';
import type { App } from '../../../factors/01-codebase/app.ts';
import type { Release, ReleaseStatus } from '../../../factors/05-build-release-run/release.ts';
import { rollback } from '../../../platform/rollback.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { releaseId, requireApp, requireRelease, timeOf, userOf } from '../identify.ts';
import { type Origin, releaseOutputUrl } from '../links.ts';
import { sendPage } from '../ranges.ts';
import { announce } from './announce.ts';
import { slugId } from './builds.ts';

type Said = ReplyOf<(typeof releaseRoutes)['GET /apps/:app/releases/:release']>;

export function releaseHandlers(context: ApiContext): HandlersOf<typeof releaseRoutes> {
  const { platform } = context;
  const { store } = platform;
  return {
    'GET /apps/:app/releases': ({ params, range, reply, origin }) => {
      const app = requireApp(store, params.app);
      const all = [...store.releases(app.id)].reverse();
      const keyOf = ({ version }: Release): string => String(version);
      const page = sendPage(all, { range, reply, by: 'version', keyOf });
      return page.map((release) => releaseShape(context, { app, release, origin }));
    },
    'GET /apps/:app/releases/:release': ({ params, origin }) => {
      const app = requireApp(store, params.app);
      return releaseShape(context, { app, release: requireRelease(store, app, params.release), origin });
    },
    'POST /apps/:app/releases': async (call) => {
      const app = requireApp(store, call.params.app);
      const target = requireRelease(store, app, named(app, call.body));
      const order = { app, version: target.version, actor: call.caller.account.email };
      const { version, done } = await announce(context, call, (telling) =>
        rollback(platform, order, telling),
      );
      const release = version === null ? await done : requireRelease(store, app, String(version));
      return releaseShape(context, { app, release, origin: call.origin });
    },
  };
}

function named(app: App, { release }: { readonly release?: string | undefined }): string {
  if (release !== undefined) return release;
  throw userError(
    'REQUEST_INVALID',
    `Cannot make a release of ${app.name}: the call names none to go back to`,
    {
      hint: 'Give "release", a number or an id',
    },
  );
}

export function releaseShape(
  context: ApiContext,
  { app, release, origin }: { readonly app: App; readonly release: Release; readonly origin: Origin },
): Said {
  const { store } = context.platform;
  const status = store.releaseEvents(app.id, release.version).at(-1)?.status ?? 'pending';
  const current = store.currentRelease(app.id);
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
    updated_at: timeOf(store.releaseEvents(app.id, release.version).at(-1)?.at ?? release.createdAt),
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
