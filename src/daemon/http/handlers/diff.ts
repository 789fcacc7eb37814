import type { diffRoutes } from '../../../api/routes/diff.ts';
import type { ReplyOf } from '../../../api/routes/route.ts';
import { userError } from '../../../base/error.ts';
import type { App } from '../../../factors/01-codebase/app.ts';
import type { Revision } from '../../../factors/01-codebase/revision.ts';
import type { Attachment } from '../../../factors/04-backing-services/service.ts';
import type { Release } from '../../../factors/05-build-release-run/release.ts';
import {
  diffReleases,
  isUnchanged,
  type ReleaseContent,
} from '../../../factors/05-build-release-run/release-diff.ts';
import type { Store } from '../../../store/store.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { requireApp, requireRelease } from '../identify.ts';

type Said = ReplyOf<(typeof diffRoutes)['GET /dozen/v1/apps/:app/diff']>;

export function diffHandlers({ platform: { store } }: ApiContext): HandlersOf<typeof diffRoutes> {
  return {
    'GET /dozen/v1/apps/:app/diff': ({ params, query }) => {
      const app = requireApp(store, params.app);
      const to = query.to === undefined ? newest(store, app) : requireRelease(store, app, query.to);
      const from = query.from === undefined ? before(store, app, to) : requireRelease(store, app, query.from);
      return diffShape(store, contentOf(store, from), contentOf(store, to));
    },
  };
}

function newest(store: Store, app: App): Release {
  const [release] = store.releases(app.id);
  if (release !== undefined) return release;
  throw tooFew(app, 'it has no release yet');
}

function before(store: Store, app: App, { version }: Release): Release {
  const release = version === 1 ? null : store.findRelease(app.id, version - 1);
  if (release !== null) return release;
  throw tooFew(app, `there is none before v${version}`);
}

function tooFew({ name }: App, why: string): Error {
  return userError('RELEASE_UNKNOWN', `Cannot compare releases of ${name}: ${why}`, {
    hint: `dozen releases -a ${name} lists those there are`,
  });
}

function contentOf(store: Store, release: Release): ReleaseContent {
  return {
    release,
    revision: release.buildId === null ? null : (store.findBuild(release.buildId)?.revision ?? null),
    slug: release.slug === null ? null : store.slug(release.slug),
    fingerprints: store.configFingerprints(release.appId, release.version),
  };
}

function diffShape(store: Store, from: ReleaseContent, to: ReleaseContent): Said {
  const diff = diffReleases(from, to);
  const { revisions, services } = diff;
  const nameOf = (serviceId: string): string => store.findService(serviceId)?.name ?? serviceId;
  const attached = ({ variable, serviceId }: Attachment) => ({ variable, service: nameOf(serviceId) });
  return {
    from: diff.from,
    to: diff.to,
    build: diff.build,
    commits:
      revisions === null ? null : { from: revisionShape(revisions.from), to: revisionShape(revisions.to) },
    config: mutable(diff.config),
    services: {
      attached: services.attached.map(attached),
      detached: services.detached.map(attached),
      swapped: services.swapped.map((swap) => ({
        variable: swap.variable,
        from: nameOf(swap.from),
        to: nameOf(swap.to),
      })),
    },
    commands: mutable(diff.commands),
    unchanged: isUnchanged(diff),
  };
}

type Mutable<T> = { [K in keyof T]: T[K] extends readonly (infer Item)[] ? Item[] : never };

/** What goes over the wire is nobody's but the wire's. */
function mutable<T extends Readonly<Record<string, readonly unknown[]>>>(lists: T): Mutable<T> {
  return Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, [...list]])) as Mutable<T>;
}

function revisionShape(revision: Revision | null) {
  if (revision === null) return null;
  const { commit, branch, author, subject, worktree } = revision;
  return { commit, branch, author, subject, worktree: worktree !== null };
}
