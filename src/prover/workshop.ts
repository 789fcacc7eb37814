/** Builds the app as the platform does: the means that builders need, and the build laid out to be run. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, statfsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { asDozenError, DozenError } from '../base/error.ts';
import { canonicalJson } from '../base/json.ts';
import type { Builder, BuildOutcome, BuildSettings, Workshop } from '../builders/builder.ts';
import { allBuilders, chooseBuilder } from '../builders/choose.ts';
import { openRuntimes } from '../builders/runtimes.ts';
import { readBuildSettings } from '../builders/settings.ts';
import { openBuildHost } from '../engines/local/build-host.ts';
import type { Snapshot } from '../git/codebase.ts';
import { linkLeaves } from '../git/tree.ts';
import { makePostgresRuntime, postgresVersion } from '../services/postgres/runtime.ts';
import { openArtifacts } from '../store/artifacts.ts';
import { openLayers } from '../store/layers.ts';
import type { UserId } from './chamber/job.ts';
import { readDeclared } from './declared.ts';
import type { BuildAttempt, BuiltApp, SecondBuild } from './subject.ts';
import { differingFiles } from './tree-digest.ts';

/** Below those that the platform gives to apps. */
const appUser: UserId = { uid: 69_900, gid: 69_900 };
const lastLinesKept = 20;
/** Bytes of what a build said that are kept. */
const tailKept = 16 * 1024;

/** As root, somebody who is nobody else; null: the caller. */
export function userOfApp(): UserId | null {
  return process.getuid?.() === 0 ? appUser : null;
}

export interface BuildShop {
  /** What will be run, as far as it can be told before. */
  readonly cache: string;
  /** Where a new PostgreSQL cluster is kept. */
  readonly cluster: string;
  build(snapshot: Snapshot, options: BuildOptions): Promise<BuildAttempt>;
  /** A folder with `bin/postgres` in it; null: it was installed without. */
  postgres(): Promise<string | null>;
}

export interface BuildOptions {
  /** Whether it is built a second time, to be compared. */
  readonly twice: boolean;
  readonly onOutput: (text: string) => void;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** @param folder of this check */
export async function openBuildShop(folder: string): Promise<BuildShop> {
  const cache = cacheFolder();
  mkdirSync(cache, { recursive: true, mode: 0o711 });
  const user = userOfApp();
  const workshop = await openWorkshop({ cache, folder, user });
  return {
    cache,
    cluster: path.join(cache, 'services', `cluster@${postgresVersion}-${process.arch}`),
    build: (snapshot, options) => attempt(snapshot, { ...options, workshop, folder, user }),
    postgres: () => providePostgres(cache),
  };
}

async function providePostgres(cache: string): Promise<string | null> {
  try {
    const runtime = await makePostgresRuntime(path.join(cache, 'services'), postgresVersion);
    return path.join(runtime, 'opt/postgres');
  } catch (error) {
    if (error instanceof DozenError && error.code === 'SERVICE_RUNTIME_MISSING') return null;
    throw error;
  }
}

/** What is kept between checks: packages, runtimes. */
function cacheFolder(): string {
  const given = process.env.DOZEN_CHECK_CACHE;
  if (given !== undefined && path.isAbsolute(given)) return given;
  if (process.getuid?.() === 0) return '/var/cache/dozen';
  const base = process.env.XDG_CACHE_HOME;
  return path.join(
    base !== undefined && path.isAbsolute(base) ? base : path.join(homedir(), '.cache'),
    'dozen',
  );
}

interface Place {
  readonly cache: string;
  readonly folder: string;
  readonly user: UserId | null;
}

async function openWorkshop({ cache, folder, user }: Place): Promise<Workshop> {
  const self = { kind: 'self' as const, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const host = await openBuildHost({
    folder: path.join(folder, 'steps'),
    name: 'checks',
    leashed: true,
    person: user === null ? self : { kind: 'host', ...user },
    clock: {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      sleep: (ms, signal) => wait(ms, undefined, signal === undefined ? {} : { signal }),
    },
  });
  const artifacts = await openArtifacts(path.join(cache, 'artifacts'));
  const layers = await openLayers(path.join(cache, 'layers'), artifacts);
  return {
    host,
    cache: path.join(cache, 'builds'),
    runtimes: openRuntimes({ folder: path.join(cache, 'runtimes'), host }),
    layers: {
      put: (content) => artifacts.put(content),
      find: (digest) => artifacts.find(digest),
      unpack: (digest, signal) =>
        layers.unpack(digest, { signal, ...(user === null ? {} : { owner: user }) }),
    },
  };
}

interface Attempting extends BuildOptions {
  readonly workshop: Workshop;
  readonly folder: string;
  readonly user: UserId | null;
}

async function attempt(snapshot: Snapshot, attempting: Attempting): Promise<BuildAttempt> {
  const { signal, now } = attempting;
  let tail = Buffer.alloc(0);
  const heard = (chunk: Buffer): void => {
    attempting.onOutput(chunk.toString());
    tail = Buffer.concat([tail, chunk]).subarray(-tailKept);
  };
  try {
    const begun = now();
    const [leaving] = snapshot.leavingLinks;
    if (leaving !== undefined) throw linkLeaves(leaving);
    const first = await buildOnce(snapshot, { ...attempting, heard });
    const app = await layOut(first, { ...attempting, heard, tookMs: now() - begun });
    const again = attempting.twice ? await buildAgain(snapshot, { ...attempting, heard, app }) : null;
    return { ok: true, app, again, builder: first.builder.name };
  } catch (error) {
    signal.throwIfAborted();
    const coded = asDozenError(error);
    if (coded.fault === 'platform') throw error;
    const { code, message, hint = null } = coded;
    return { ok: false, code, message, hint, lastLines: lastLinesIn(tail), atMs: now() };
  }
}

/** As they read on a terminal: colours say nothing here. */
function lastLinesIn(output: Buffer): readonly string[] {
  const lines = stripVTControlCharacters(output.toString()).split('\n');
  return lines.filter((line) => line.trim() !== '').slice(-lastLinesKept);
}

interface Heard extends Attempting {
  readonly heard: (chunk: Buffer) => void;
}

interface BuiltOnce {
  readonly builder: Builder;
  readonly outcome: BuildOutcome;
  readonly digest: string;
  readonly appJson: string | null;
}

async function buildOnce(
  snapshot: Snapshot,
  { workshop, folder, user, signal, heard }: Heard,
): Promise<BuiltOnce> {
  const place = mkdtempSync(path.join(folder, 'build-'));
  const source = path.join(place, 'source');
  const app = path.join(source, 'app');
  const workspace = path.join(place, 'workspace');
  mkdirSync(app, { recursive: true });
  mkdirSync(workspace);
  await snapshot.extract(app, { signal, ...(user === null ? {} : { owner: user }) });
  const { text, declared } = readDeclared(app);
  const { builder } = chooseBuilder(source, allBuilders(workshop));
  const settings = settingsFor(folder);
  const outcome = await builder.build({ source, workspace, settings, onOutput: heard, signal });
  const whole = declared === null ? outcome.slug : { ...outcome.slug, appJson: text };
  return { builder, outcome, digest: sha256(canonicalJson(whole)), appJson: text };
}

/** What a platform would give; of the disk no more than half of what is free, since it is a person's. */
function settingsFor(folder: string): BuildSettings {
  const settings = readBuildSettings(process.env);
  const { bavail, bsize } = statfsSync(folder);
  return { ...settings, diskLimit: Math.min(settings.diskLimit, Math.floor((bavail * bsize) / 2)) };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

interface LayingOut extends Heard {
  readonly tookMs: number;
}

/** The layers over each other in one folder: an instance has it under a layer of its own. */
async function layOut(
  { outcome, digest, appJson }: BuiltOnce,
  { workshop, folder, signal, heard, tookMs }: LayingOut,
): Promise<BuiltApp> {
  const { slug } = outcome;
  const root = await merge(outcome, { workshop, folder, signal, name: 'root' });
  const settings = settingsFor(folder);
  const runtimes = await Promise.all(
    slug.runtimes.map(async (runtime) => ({
      ...runtime,
      folder: await workshop.runtimes.provide(runtime, { settings, onOutput: heard, signal }),
    })),
  );
  return {
    digest,
    root,
    runtimes,
    processTypes: slug.processTypes,
    release: slug.release,
    environment: slug.environment,
    appJson: appJson === null ? null : readDeclared(path.join(root, 'app')).declared,
    tookMs,
  };
}

interface Merging {
  readonly workshop: Workshop;
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly name: string;
}

async function merge({ slug }: BuildOutcome, { workshop, folder, signal, name }: Merging): Promise<string> {
  const root = path.join(folder, name);
  mkdirSync(path.join(root, 'app'), { recursive: true });
  for (const { digest } of slug.layers.toReversed())
    await copyTree(await workshop.layers.unpack(digest, signal), root, signal);
  return root;
}

/** Files are the same ones where they lie on the same disk: nothing is ever written to either. */
async function copyTree(from: string, to: string, signal: AbortSignal): Promise<void> {
  const how = statSync(from).dev === statSync(to).dev ? '--link' : '--reflink=auto';
  const child = spawn('cp', ['-a', '--force', how, `${from}/.`, to], {
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`cp ${from}: ${complaint.trim()}`);
}

async function buildAgain(
  snapshot: Snapshot,
  options: Heard & { readonly app: BuiltApp },
): Promise<SecondBuild> {
  const { outcome, digest } = await buildOnce(snapshot, options);
  const atMs = options.now();
  if (digest === options.app.digest) return { digest, differing: [], atMs };
  const root = await merge(outcome, { ...options, name: 'root-again' });
  return { digest, differing: differingFiles(options.app.root, root).slice(0, 20), atMs };
}
