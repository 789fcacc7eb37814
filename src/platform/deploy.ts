/** From a folder at its commit to serving processes. */
import { asDozenError, userError } from '../base/error.ts';
import type { App } from '../factors/01-codebase/app.ts';
import { foreignCodebase } from '../factors/01-codebase/codebase.ts';
import { type Revision, shortRevision } from '../factors/01-codebase/revision.ts';
import { Secret } from '../factors/03-config/secret.ts';
import type { Build } from '../factors/05-build-release-run/build.ts';
import type { Release } from '../factors/05-build-release-run/release.ts';
import { carryOut } from './carry-out.ts';
import { declarationOf } from './desired.ts';
import type { Built, Platform, Source } from './platform.ts';
import { provideServices } from './provide-services.ts';
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
  const declared = declarationOf(built.slug);
  return platform.turns.take(app, `deploy ${shortRevision(build.revision)}`, async () => {
    await provideServices(platform, { app, needs: declared.services }, telling);
    giveVariables(platform, { app, built, secret: order.secret });
    const release = releaseOf(platform, { app, build, built, order }, telling);
    await carryOut(platform, { app, release }, telling);
    return release;
  });
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
            const known = order.newCodebase ? null : codebaseOf(platform, app);
            const complaint = foreignCodebase(app.name, known, revision);
            if (complaint !== null) return foreign.abort(complaint);
          }
          if (event.kind === 'builder' && revision !== null) {
            const { actor } = order;
            build = store.startBuild({ appId: app.id, revision, builder: event.name, actor });
          }
          tell(event);
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

function codebaseOf({ store }: Platform, app: App): Revision | null {
  const buildId = store.currentRelease(app.id)?.buildId ?? null;
  return buildId === null ? null : (store.findBuild(buildId)?.revision ?? null);
}

function requireBuild(build: Build | null): Build {
  if (build === null) throw new TypeError('a build that ended never said what it was building');
  return build;
}

/** Variables that app.json declares and nobody has set: its own values, generated ones; a required one without either is refused. */
function giveVariables(
  { store }: Platform,
  { app, built, secret }: { readonly app: App; readonly built: Built; readonly secret: () => Secret },
): void {
  const config = store.config(app.id);
  const attached = new Set(store.attachments(app.id).map(({ variable }) => variable));
  const missing: string[] = [];
  const given = new Map<string, Secret>();
  for (const { name, source } of declarationOf(built.slug).variables) {
    if (config.has(name) || attached.has(name)) continue;
    if (source.kind === 'default') given.set(name, new Secret(source.value));
    else if (source.kind === 'generated') given.set(name, secret());
    else if (source.required) missing.push(name);
  }
  if (missing.length > 0) {
    throw userError(
      'CONFIG_REQUIRED',
      `Cannot release ${app.name}: app.json requires ${missing.join(', ')}`,
      {
        hint: `Give them in a file: dozen up --env-file .env`,
      },
    );
  }
  if (given.size > 0) store.configure(app.id, given);
}

/** The current release when nothing has changed since, else the next. */
function releaseOf(
  { store }: Platform,
  {
    app,
    build,
    built,
    order,
  }: { readonly app: App; readonly build: Build; readonly built: Built; readonly order: DeployOrder },
  { tell }: Telling,
): Release {
  const current = store.currentRelease(app.id);
  if (
    current !== null &&
    store.releaseFingerprint(app.id, current.version) === store.fingerprint(app.id, built.digest)
  ) {
    tell({ kind: 'release', version: current.version, description: current.description, unchanged: true });
    return current;
  }
  const description = `Deploy ${shortRevision(build.revision)}${order.newCodebase ? ' (new codebase)' : ''}`;
  const release = store.createRelease({ appId: app.id, buildId: build.id, actor: order.actor, description });
  tell({ kind: 'release', version: release.version, description, unchanged: false });
  return release;
}
