import type { buildRoutes } from '../../../api/routes/builds.ts';
import type { ReplyOf } from '../../../api/routes/route.ts';
import { userError } from '../../../base/error.ts';
import type { App } from '../../../factors/01-codebase/app.ts';
import type { Build } from '../../../factors/05-build-release-run/build.ts';
import type { OutputKind } from '../../../store/outputs.ts';
import { releaseOutputId } from '../../output-recorder.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { releaseId, requireApp, requireRelease, show, timeOf, userOf, uuidOf } from '../identify.ts';
import { buildOutputUrl, type Origin } from '../links.ts';
import { readRange, sendPage } from '../ranges.ts';
import { stack } from './apps.ts';
import { buildSource } from './build-source.ts';

type Said = ReplyOf<(typeof buildRoutes)['GET /apps/:app/builds/:build']>;
type Kept = ReplyOf<(typeof buildRoutes)['GET /dozen/v1/apps/:app/builds/:build']>;

export function buildHandlers(context: ApiContext): HandlersOf<typeof buildRoutes> {
  const { store } = context.platform;
  const find = ({ app: appName, build: name }: { readonly app: string; readonly build: string }) => {
    const app = requireApp(store, appName);
    return { app, build: requireBuild(context, app, name) };
  };
  return {
    'GET /apps/:app/builds': ({ params, range, reply, origin }) => {
      const app = requireApp(store, params.app);
      const all = [...store.builds(app.id)].reverse();
      const page = sendPage(all, { range: readRange(range), reply, by: 'id', keyOf: ({ id }) => id });
      return page.map((build) => buildShape(context, { app, build, origin }));
    },
    'POST /apps/:app/builds': async (call) => {
      const app = requireApp(store, call.params.app);
      const build = await buildSource(context, { ...call, app });
      return buildShape(context, { app, build, origin: call.origin });
    },
    'DELETE /apps/:app/build-cache': async ({ params, caller: { account } }) => {
      const { id } = requireApp(store, params.app);
      const purged = await context.housekeeping.purgeCache();
      store.addAudit({
        accountId: account.id,
        actor: account.email,
        verb: 'platform.purge-cache',
        appId: id,
        detail: { ...purged },
      });
      return {};
    },
    'GET /apps/:app/builds/:build': ({ params, origin }) => buildShape(context, { ...find(params), origin }),
    'GET /apps/:app/slugs/:slug': ({ params }) => {
      const app = requireApp(store, params.app);
      return slugShape(context, requireSlug(context, app, params.slug));
    },
    'GET /dozen/v1/apps/:app/builds': ({ params }) => {
      const app = requireApp(store, params.app);
      return Promise.all(store.builds(app.id).map((build) => keptShape(context, app, build)));
    },
    'GET /dozen/v1/apps/:app/builds/:build': ({ params }) => {
      const { app, build } = find(params);
      return keptShape(context, app, build);
    },
    async *'GET /dozen/v1/apps/:app/builds/:build/output'({ params, query, signal }) {
      const { app, build } = find(params);
      const what = `build ${build.id.slice(0, 8)} of ${app.name}`;
      yield* outputOf(context, {
        kind: 'build',
        id: build.id,
        what,
        follow: query.follow === 'true',
        signal,
      });
    },
    async *'GET /dozen/v1/apps/:app/releases/:release/output'({ params, query, signal }) {
      const app = requireApp(store, params.app);
      const version =
        params.release === 'latest'
          ? await lastPhase(context, app)
          : requireRelease(store, app, params.release).version;
      const id = releaseOutputId(app.id, version);
      const what = `the release phase of v${version} of ${app.name}`;
      yield* outputOf(context, { kind: 'release', id, what, follow: query.follow === 'true', signal });
    },
    'GET /dozen/v1/apps/:app/builds/:build/sbom': async ({ params, signal }) => {
      const { app, build } = find(params);
      const id = build.slug ?? '';
      const what = `what build ${build.id.slice(0, 8)} of ${app.name} consists of`;
      const texts = outputOf(context, { kind: 'sbom', id, what, follow: false, signal });
      return JSON.parse((await Array.fromAsync(texts, ({ text }) => text)).join(''));
    },
  };
}

interface Reading {
  readonly kind: OutputKind;
  readonly id: string;
  /** For people, e.g. `build 1a2b3c4d of shop`. */
  readonly what: string;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

async function* outputOf(
  { outputs }: ApiContext,
  { kind, id, what, follow, signal }: Reading,
): AsyncGenerator<{ text: string }> {
  if (!(await outputs.exists(kind, id))) {
    throw userError('OUTPUT_UNKNOWN', `Cannot show ${what}: nothing is kept of it`, {
      hint:
        kind === 'release'
          ? 'Ask for a release that has one (release: in the Procfile) and is among the newest'
          : 'Ask for a newer one: outputs of builds that are no longer kept are removed',
    });
  }
  for await (const text of outputs.read(kind, id, { follow, signal })) yield { text };
}

/** The newest release whose phase said something; the newest of all when none did. */
async function lastPhase({ platform: { store }, outputs }: ApiContext, app: App): Promise<number> {
  const releases = store.releases(app.id);
  for (const { version } of releases)
    if (await outputs.exists('release', releaseOutputId(app.id, version))) return version;
  return releases[0]?.version ?? requireRelease(store, app, '1').version;
}

/** By id, by at least four first characters of it, or `latest`. @throws BUILD_UNKNOWN */
function requireBuild({ platform: { store } }: ApiContext, app: App, name: string): Build {
  const builds = store.builds(app.id);
  const fitting = builds.filter(({ id }) => id === name || (name.length >= 4 && id.startsWith(name)));
  const found = name === 'latest' ? builds[0] : fitting[0];
  if (found !== undefined && fitting.length <= 1) return found;
  const why =
    fitting.length > 1 ? `${fitting.length} begin so` : name === 'latest' ? 'it has none' : 'there is none';
  throw userError('BUILD_UNKNOWN', `Cannot find the build ${show(name)} of ${app.name}: ${why}`, {
    hint: `dozen builds -a ${app.name} lists those there are`,
  });
}

/** The newest build of the slug, of this app's. @throws SLUG_UNKNOWN */
export function requireSlug(
  { platform: { store } }: ApiContext,
  app: App,
  id: string,
): Build & { slug: string } {
  for (const build of store.builds(app.id))
    if (build.slug !== null && slugId(build.slug) === id) return { ...build, slug: build.slug };
  throw userError(
    'SLUG_UNKNOWN',
    `Cannot find the slug ${show(id)} of ${app.name}: there is none of this id`,
    {
      hint: `Take the id from a release: dozen releases info -a ${app.name}`,
    },
  );
}

export function slugId(digest: string): string {
  return uuidOf('slug', digest);
}

export function buildShape(
  context: ApiContext,
  { app, build, origin }: { readonly app: App; readonly build: Build; readonly origin: Origin },
): Said {
  const { revision, slug } = build;
  const released = context.platform.store.releases(app.id).findLast(({ buildId }) => buildId === build.id);
  return {
    app: { id: app.id },
    buildpacks: null,
    created_at: timeOf(build.createdAt),
    id: build.id,
    output_stream_url: buildOutputUrl(context, { appId: app.id, buildId: build.id }, origin),
    source_blob: {
      checksum: null,
      url: context.addresses.git(app.name),
      version: revision.commit,
      version_description: revision.subject,
    },
    release: released === undefined ? null : { id: releaseId(released) },
    slug: slug === null ? null : { id: slugId(slug) },
    stack: stack.name,
    status: build.status === 'running' ? 'pending' : build.status,
    updated_at: timeOf(build.finishedAt ?? build.createdAt),
    user: userOf(context, build.actor ?? context.operator.email),
  };
}

function slugShape(
  { platform: { store } }: ApiContext,
  build: Build & { readonly slug: string },
): ReplyOf<(typeof buildRoutes)['GET /apps/:app/slugs/:slug']> {
  const manifest = store.slug(build.slug);
  const release = manifest?.release == null ? {} : { release: manifest.release };
  return {
    // It is layers, none of which a client can fetch: the digest names them all.
    blob: { method: 'get', url: `urn:dozen:slug:${build.slug}` },
    buildpack_provided_description: build.builder,
    checksum: `SHA256:${build.slug}`,
    commit: build.revision.commit,
    commit_description: build.revision.subject,
    created_at: timeOf(build.createdAt),
    id: slugId(build.slug),
    process_types: { ...manifest?.processTypes, ...release },
    size: build.slugSize,
    stack,
    updated_at: timeOf(build.finishedAt ?? build.createdAt),
  };
}

async function keptShape(
  { platform: { store }, housekeeping }: ApiContext,
  app: App,
  build: Build,
): Promise<Kept> {
  const { commit, branch, author, subject, worktree } = build.revision;
  const manifest = build.slug === null ? null : store.slug(build.slug);
  return {
    id: build.id,
    status: build.status,
    reason: build.reason,
    builder: build.builder,
    commit,
    branch,
    author,
    subject,
    worktree: worktree !== null,
    user: build.actor,
    slug: build.slug,
    size: build.slugSize,
    releases: store
      .releases(app.id)
      .filter(({ buildId }) => buildId === build.id)
      .map(({ version }) => version)
      .reverse(),
    kept: manifest !== null && (await housekeeping.hasAll(manifest)),
    created_at: timeOf(build.createdAt),
    finished_at: build.finishedAt === null ? null : timeOf(build.finishedAt),
  };
}
