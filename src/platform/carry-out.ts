/** The shared tail of every verb that makes a release: its release phase, its rollout, and how it ended. */
import { asDozenError, type DozenError, userError } from '../base/error.ts';
import type { App } from '../factors/01-codebase/app.ts';
import type { Release, ReleaseStatus } from '../factors/05-build-release-run/release.ts';
import { describeExit } from '../factors/06-processes/process.ts';
import { ownerOf, type Running, releasePhaseOf } from './desired.ts';
import type { Platform } from './platform.ts';
import { rollout, type Telling } from './rollout.ts';

/** Leaves the release succeeded, or failed and what ran before running. */
export async function carryOut(
  platform: Platform,
  { app, release }: { readonly app: App; readonly release: Release },
  telling: Telling,
): Promise<void> {
  await orFail(platform, { app, release }, async () => {
    await sayReleased(platform, { app, release });
    const running = runningOf(platform, app, release);
    if (running !== null) await bringUp(platform, running, telling);
  });
  note(platform, { app, release }, 'succeeded');
}

/** In the app's log, in the words Heroku has published. A release that is current already was said before. */
async function sayReleased(
  platform: Platform,
  { app, release }: { readonly app: App; readonly release: Release },
): Promise<void> {
  if (isDone(platform, { app, release })) return;
  const { version, description, actor } = release;
  for (const text of [`${description} by user ${actor}`, `Release v${version} created by user ${actor}`])
    await platform.engine.say(ownerOf(app, 'app'), { process: 'api', text });
}

/** A release as something that can run; null for one without a build. */
export function runningOf({ store }: Platform, app: App, release: Release): Running | null {
  const slug = release.slug === null ? null : store.slug(release.slug);
  return slug === null ? null : { app, release, slug };
}

/** Goes on with a release that `control` was killed over while its processes were starting. */
export async function resume(
  platform: Platform,
  { app, release }: { readonly app: App; readonly release: Release },
  telling: Telling,
): Promise<void> {
  const running = runningOf(platform, app, release);
  if (running !== null) await orFail(platform, running, () => rollout(platform, running, telling));
  note(platform, { app, release }, 'succeeded');
}

async function bringUp(platform: Platform, running: Running, telling: Telling): Promise<void> {
  await platform.requireSlug(running.slug, { app: running.app, version: running.release.version });
  await runReleasePhase(platform, running, telling);
  note(platform, running, 'starting');
  await rollout(platform, running, telling);
}

async function orFail(platform: Platform, noted: Noted, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw failed(platform, noted, asDozenError(error));
  }
}

/** Before anything of the release runs; what fails here has changed nothing that runs. */
async function runReleasePhase(
  platform: Platform,
  running: Running,
  { tell, signal }: Telling,
): Promise<void> {
  const { engine, clock } = platform;
  const command = running.slug.release;
  if (command === null || isDone(platform, running)) return;
  note(platform, running, 'releasing');
  const started = clock.monotonic();
  const phase = await engine.runOneOff(releasePhaseOf(running, command), signal);
  const of = { appId: running.app.id, version: running.release.version };
  for await (const { text } of phase.lines) tell({ kind: 'release-output', ...of, text });
  const exit = await phase.ended;
  const ms = clock.monotonic() - started;
  tell({ kind: 'release-phase', ...of, command, outcome: describeExit(exit), ms });
  if (exit.kind === 'code' && exit.code === 0) return;
  throw userError(
    'RELEASE_PHASE_FAILED',
    `Cannot release: the release phase \`${command}\` ended with ${describeExit(exit)}`,
    {
      hint: 'Look at its lines above, mend it, commit and deploy again',
      left: `Release ${running.release.version} is recorded as failed; what ran before runs on`,
    },
  );
}

type Noted = { readonly app: App; readonly release: Pick<Release, 'version'> };

function isDone({ store }: Platform, { app, release }: Noted): boolean {
  return store.releaseEvents(app.id, release.version).at(-1)?.status === 'succeeded';
}

function note(platform: Platform, noted: Noted, status: Exclude<ReleaseStatus, 'pending' | 'failed'>): void {
  if (!isDone(platform, noted))
    platform.store.addReleaseEvent(noted.app.id, noted.release.version, status, null);
}

function failed(platform: Platform, { app, release }: Noted, error: DozenError): DozenError {
  if (!isDone(platform, { app, release }))
    platform.store.addReleaseEvent(app.id, release.version, 'failed', error.code);
  return error;
}
