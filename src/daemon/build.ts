/**
 * One build, in a process of its own: what it costs or breaks is gone with it. The job comes as a line of JSON on standard
 * input, which stays open as the leash; events and the result leave as lines of JSON on standard output.
 */
import { existsSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { asDozenError } from '../base/error.ts';
import { canonicalJson } from '../base/json.ts';
import { toNdjson } from '../base/ndjson.ts';
import type { BuildOutcome, Workshop } from '../builders/builder.ts';
import { allBuilders, chooseBuilder } from '../builders/choose.ts';
import { openRuntimes } from '../builders/runtimes.ts';
import { sbomOf } from '../builders/sbom.ts';
import { readBuildSettings, readSourceLimits } from '../builders/settings.ts';
import { openBuildHost } from '../engines/local/build-host.ts';
import { markOf, ownIdentity } from '../engines/local/proc.ts';
import { removeTree } from '../engines/local/run-folder.ts';
import { appJsonLimit, parseAppJson } from '../factors/app-json.ts';
import type { BuildEvent } from '../factors/deploy-event.ts';
import { openBare } from '../git/bare.ts';
import { defaultSourceLimits, type Snapshot, type SourceLimits } from '../git/codebase.ts';
import { openTarball } from '../git/tarball.ts';
import { openWorkingCopy } from '../git/working-copy.ts';
import type { Built, Source } from '../platform/platform.ts';
import { openArtifacts } from '../store/artifacts.ts';
import { homeFolder } from '../store/home.ts';
import { openLayers } from '../store/layers.ts';
import { openOutputs } from '../store/outputs.ts';
import { contentDigest } from '../store/sqlite/content-digest.ts';
import { openHomeStore } from './home-store.ts';
import { personOf } from './runner.ts';
import { stepsOf } from './sweep-builds.ts';

export interface BuildJob {
  readonly home: string;
  readonly appId: string;
  readonly source: Source;
}

export type BuildMessage =
  | { readonly event: BuildEvent }
  | { readonly built: Built }
  | { readonly error: unknown };

export async function runBuild(): Promise<void> {
  const orphaned = new AbortController();
  // A terminal's Ctrl-C reaches every process: what ends a build is its leash.
  process.on('SIGINT', () => undefined);
  const lines = createInterface({ input: process.stdin });
  lines.once('close', () => orphaned.abort());
  // Nobody reads any more: `control` was killed while this was speaking.
  process.stdout.on('error', () => orphaned.abort());
  const job = await new Promise<BuildJob>((resolve) =>
    lines.once('line', (line) => resolve(JSON.parse(line) as BuildJob)),
  );
  const say = (message: BuildMessage): void => void process.stdout.write(toNdjson(message));
  try {
    say({ built: await build(job, { say: (event) => say({ event }), signal: orphaned.signal }) });
  } catch (error) {
    say({ error: asDozenError(error) });
  }
  lines.close();
  process.stdin.destroy();
}

interface Context {
  readonly say: (event: BuildEvent) => void;
  readonly signal: AbortSignal;
}

async function build(job: BuildJob, { say, signal }: Context): Promise<Built> {
  const limits = readSourceLimits(process.env, defaultSourceLimits);
  const snapshot = await openSource(job.source, { limits, signal });
  try {
    const { revision, files, bytes, warnings } = snapshot;
    say({ kind: 'source', revision, files, bytes });
    for (const { code, message } of warnings) say({ kind: 'warning', code, message });
    const { workshop, owner } = await openWorkshop(job);
    const builds = homeFolder(job.home, 'builds');
    await mkdir(builds, { recursive: true, mode: 0o700 });
    const folder = mkdtempSync(path.join(builds, `build-${markOf(ownIdentity())}-`));
    try {
      const source = path.join(folder, 'source');
      const app = path.join(source, 'app');
      await mkdir(app, { recursive: true });
      await mkdir(path.join(folder, 'workspace'));
      await snapshot.extract(app, { signal, ...(owner === null ? {} : { owner }) });
      const appJson = readAppJson(app);
      const { builder, detection } = chooseBuilder(source, allBuilders(workshop));
      say({ kind: 'builder', name: builder.name, reason: detection.reason });
      const settings = readBuildSettings(process.env);
      const decoder = new TextDecoder();
      const onOutput = (chunk: Buffer): void =>
        say({ kind: 'output', text: decoder.decode(chunk, { stream: true }) });
      const outcome = await builder.build({
        source,
        workspace: path.join(folder, 'workspace'),
        settings,
        onOutput,
        signal,
      });
      for (const { code, message } of outcome.warnings) say({ kind: 'warning', code, message });
      const built = builtOf(outcome, appJson);
      const sbom = sbomOf({ ...built, installed: outcome.installed });
      openOutputs(homeFolder(job.home, 'outputs')).keep('sbom', built.digest, sbom);
      return built;
    } finally {
      await removeTree(folder);
    }
  } finally {
    snapshot.close();
  }
}

function openSource(
  source: Source,
  reading: { readonly limits: SourceLimits; readonly signal: AbortSignal },
): Promise<Snapshot> {
  switch (source.kind) {
    case 'folder':
      return openWorkingCopy(source.folder, { ...reading, from: source.from });
    case 'push':
      return openBare({ ...source, folder: '' }, { ...reading, branch: source.branch });
    case 'tarball':
      return openTarball(source.file, { ...reading, claimed: source.claimed, subject: source.subject });
  }
}

function builtOf({ slug, packages, reused }: BuildOutcome, appJson: string | null): Built {
  const whole = appJson === null ? slug : { ...slug, appJson };
  return { slug: whole, digest: contentDigest(canonicalJson(whole)), packages, reused };
}

async function openWorkshop({
  home,
  appId,
}: BuildJob): Promise<{ workshop: Workshop; owner: Workshop['host']['user'] }> {
  const store = openHomeStore(home);
  const person = personOf(store, appId);
  store.close();
  const host = await openBuildHost({
    ...stepsOf(home),
    person,
  });
  const artifacts = await openArtifacts(homeFolder(home, 'artifacts'));
  const layers = await openLayers(homeFolder(home, 'layers'), artifacts);
  const owner = host.user;
  const workshop: Workshop = {
    host,
    cache: homeFolder(home, 'cache'),
    runtimes: openRuntimes({ folder: homeFolder(home, 'runtimes'), host }),
    layers: {
      put: (content) => artifacts.put(content),
      find: (digest) => artifacts.find(digest),
      unpack: (digest, signal) => layers.unpack(digest, { signal, ...(owner === null ? {} : { owner }) }),
    },
  };
  return { workshop, owner };
}

/** Read before the build, so that a slip in it costs no build. */
function readAppJson(app: string): string | null {
  const file = path.join(app, 'app.json');
  if (!existsSync(file)) return null;
  const { size } = statSync(file);
  const content = size > appJsonLimit ? ' '.repeat(appJsonLimit + 1) : readFileSync(file, 'utf8');
  parseAppJson(content);
  return content;
}
