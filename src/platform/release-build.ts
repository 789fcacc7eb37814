/** The shared tail of deploy and promote: a build with the app's own config and services, released and carried out. */
import { userError } from '../base/error.ts';
import type { App } from '../factors/01-codebase/app.ts';
import { isSameRevision } from '../factors/01-codebase/revision.ts';
import { Secret } from '../factors/03-config/secret.ts';
import type { Build } from '../factors/05-build-release-run/build.ts';
import type { Release } from '../factors/05-build-release-run/release.ts';
import { carryOut } from './carry-out.ts';
import { declarationOf } from './desired.ts';
import type { Built, Platform } from './platform.ts';
import { provideServices } from './provide-services.ts';
import type { Telling } from './rollout.ts';

export interface BuildRelease {
  readonly app: App;
  readonly build: Build;
  readonly built: Pick<Built, 'slug' | 'digest'>;
  readonly actor: string;
  readonly description: string;
  /** Random text for variables that app.json wants generated. */
  readonly secret: () => Secret;
}

/** The current release, brought up once more, when neither the commit nor what it would carry has changed since. To be called in the app's turn. */
export async function releaseBuild(
  platform: Platform,
  order: BuildRelease,
  telling: Telling,
): Promise<Release> {
  const { app, built } = order;
  await provideServices(platform, { app, needs: declarationOf(built.slug).services }, telling);
  giveVariables(platform, order);
  const release = releaseOf(platform, order, telling);
  await carryOut(platform, { app, release }, telling);
  return release;
}

/** Variables that app.json declares and nobody has set: its own values, generated ones; a required one without either is refused. */
function giveVariables(
  { store }: Platform,
  { app, built, secret }: Pick<BuildRelease, 'app' | 'built' | 'secret'>,
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
    const words = missing.map((name) => `${name}=…`).join(' ');
    throw userError(
      'CONFIG_REQUIRED',
      `Cannot release ${app.name}: app.json requires ${missing.join(', ')}`,
      { hint: `dozen config set ${words} -a ${app.name}; with dozen up, --env-file .env` },
    );
  }
  if (given.size > 0) store.configure(app.id, given);
}

/** The current release when nothing has changed since, else the next. */
function releaseOf(
  { store }: Platform,
  { app, build, built, actor, description }: BuildRelease,
  { tell }: Telling,
): Release {
  const current = store.currentRelease(app.id);
  if (current !== null && isSame(store, { current, build, built })) {
    tell({ kind: 'release', version: current.version, description: current.description, unchanged: true });
    return current;
  }
  const release = store.createRelease({ appId: app.id, buildId: build.id, actor, description });
  tell({ kind: 'release', version: release.version, description, unchanged: false });
  return release;
}

/** Another commit of the same content is another release: what runs is asked for its commit. */
function isSame(
  store: Platform['store'],
  { current, build, built }: Pick<BuildRelease, 'build' | 'built'> & { readonly current: Release },
): boolean {
  const runs = current.buildId === null ? null : store.findBuild(current.buildId);
  if (runs === null || !isSameRevision(runs.revision, build.revision)) return false;
  const { appId, version } = current;
  return store.releaseFingerprint(appId, version) === store.fingerprint(appId, built.digest);
}
