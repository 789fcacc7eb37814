/**
 * The shared tail of deploy, rollback, configure, attach, scale and restart: a release becomes what runs and answers, or
 * what ran before goes on.
 */
import { type DozenError, fromShape, platformError } from '../base/error.ts';
import type { Desired, ProcessView } from '../engines/engine.ts';
import type { App } from '../factors/01-codebase/app.ts';
import { describeExit } from '../factors/06-processes/process.ts';
import { type Formation, fitFormation } from '../factors/08-concurrency/formation.ts';
import { declarationOf, desiredOf, type Running } from './desired.ts';
import { tellLastLines } from './last-lines.ts';
import type { Platform, Tell } from './platform.ts';
import { reachOf, tellReachSince } from './reach.ts';

/** @param wanted null: the formation the app has, fitted to the release. */
export async function rollout(
  platform: Platform,
  running: Running,
  telling: Telling,
  wanted: Formation | null = null,
): Promise<void> {
  const { store, engine, clock } = platform;
  const { app } = running;
  const started = clock.monotonic();
  const formation = wanted ?? formationOf(platform, running);
  const desired = wantedOf(platform, running, formation);
  const { generation, hosts, maintenance = false } = desired;
  const isTold = (process: ProcessView): boolean => process.generation === generation;
  await awaitSettled(platform, { running, telling, isTold }, async () => {
    await engine.apply(desired);
    await tellReachSince(platform, app, { hosts, maintenance });
  });
  store.scale(app.id, formation);
  tellServing(platform, { app, hosts, started }, telling);
}

export interface Serving {
  readonly app: App;
  readonly hosts: readonly string[];
  /** Of the monotonic clock: when the change began. */
  readonly started: number;
}

/** The last word of a change that touched an app's processes: where it answers. */
export function tellServing(
  { store, clock, urlOf }: Platform,
  { app, hosts, started }: Serving,
  { tell }: Telling,
): void {
  const processes = Object.values(store.formation(app.id)).reduce((sum, quantity) => sum + quantity, 0);
  const urls = hosts.filter((host) => !host.startsWith('*')).map(urlOf);
  tell({ kind: 'serving', hosts, urls, processes, ms: clock.monotonic() - started });
}

export interface Telling {
  readonly tell: Tell;
  readonly signal: AbortSignal;
}

/** What the engine is told next: the release as the app is reached, sized and treated now. */
export function wantedOf(
  platform: Platform,
  running: Running,
  formation: Formation = formationOf(platform, running),
): Desired {
  const { store } = platform;
  const { app, release } = running;
  const reach = reachOf(platform, app);
  const settings = store.processSettings(app.id);
  const edition = store.credentialsFingerprint(app.id, release.version);
  const generation = store.nextGeneration(app.id);
  return desiredOf(running, { formation, generation, reach, settings, edition });
}

function formationOf({ store }: Platform, { app, slug }: Running): Formation {
  const { formation: declared } = declarationOf(slug);
  return fitFormation(Object.keys(slug.processTypes), { current: store.formation(app.id), declared });
}

interface Settling {
  readonly running: Running;
  readonly telling: Telling;
  /** Whether what becomes of a process is to be told. */
  readonly isTold: (process: ProcessView) => boolean;
}

/** Begins what changes an app's processes, tells of each, and resolves when it is reached; rejects with why it was not. */
export async function awaitSettled(
  platform: Platform,
  settling: Settling,
  begin: () => Promise<void>,
): Promise<void> {
  const { engine, clock } = platform;
  const { app, release } = settling.running;
  const { tell, signal } = settling.telling;
  const since = clock.now();
  const watching = new AbortController();
  const watched = tellProcesses(platform, settling, watching.signal);
  try {
    await begin();
    const outcome = await engine.settled(app.id, signal);
    if (outcome?.state === 'settled') return;
    await tellLastLines(platform, { ownerId: app.id, since, tell });
    throw failure(outcome?.reason ?? null, release.version);
  } finally {
    watching.abort();
    await watched;
  }
}

/** Each process that came up or ended, until the signal. */
async function tellProcesses(
  { engine }: Platform,
  { running, telling: { tell }, isTold }: Settling,
  signal: AbortSignal,
): Promise<void> {
  const known = new Set<string>();
  for await (const event of engine.observe(signal)) {
    if (event.kind !== 'process' || event.process.owner.id !== running.app.id) continue;
    const { process } = event;
    const key = `${process.instance} ${process.state}`;
    if (known.has(key) || !isTold(process)) continue;
    known.add(key);
    const told = toldOf(process);
    if (told !== null) tell({ kind: 'process', process: process.process, release: process.release, ...told });
  }
}

function toldOf(process: ProcessView): { state: 'up' | 'ended'; detail: string; ms: number | null } | null {
  if (process.state === 'up')
    return { state: 'up', detail: process.port === null ? '' : `port ${process.port}`, ms: process.readyMs };
  if (process.exit !== null) return { state: 'ended', detail: describeExit(process.exit), ms: null };
  return null;
}

function failure(reason: Parameters<typeof fromShape>[0] | null, version: number): DozenError {
  const left = `Release ${version} is recorded as failed; what ran before runs on`;
  if (reason !== null) return fromShape({ ...reason, left });
  return platformError(
    'ROLLOUT_LOST',
    `Cannot tell how release ${version} went: the engine knows nothing of the app`,
    {
      hint: 'Deploy again',
      left,
    },
  );
}
