/** A workshop for builds in a folder of the test's own: real steps between real walls, real layers, a recorded host. */
import { cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import type {
  Builder,
  BuildHost,
  BuildOutcome,
  BuildRequest,
  BuildStep,
  Workshop,
} from '../../src/builders/builder.ts';
import { giveTo } from '../../src/builders/folder.ts';
import { openRuntimes } from '../../src/builders/runtimes.ts';
import { readBuildSettings } from '../../src/builders/settings.ts';
import { openBuildHost } from '../../src/engines/local/build-host.ts';
import type { SlugManifest } from '../../src/factors/05-build-release-run/slug.ts';
import type { Exit } from '../../src/factors/06-processes/process.ts';
import { openArtifacts } from '../../src/store/artifacts.ts';
import { openLayers } from '../../src/store/layers.ts';
import { isRoot, systemClock } from './local-host.ts';

export interface TestWorkshop extends Workshop {
  readonly folder: string;
  /** Every step that was run, oldest first. */
  readonly steps: readonly BuildStep[];
  build(builder: Builder, options: BuildOptions): Promise<BuildOutcome>;
  /** Runs a command as a process of the slug would run, and gives what it printed. */
  run(slug: SlugManifest, argv: readonly string[]): Promise<{ readonly exit: Exit; readonly output: string }>;
}

export interface BuildOptions {
  /** Copied: the build may write into it. */
  readonly app: string;
  readonly settings?: Partial<BuildRequest['settings']>;
  readonly onOutput?: (chunk: Buffer) => void;
  readonly signal?: AbortSignal;
}

export interface WorkshopOptions {
  /** Empty, on a disk that isolations can be mounted from. */
  readonly folder: string;
  /** May be shared by several workshops. */
  readonly runtimes: string;
}

const user = isRoot ? { uid: 61_500, gid: 61_500 } : null;

export async function openWorkshop({ folder, runtimes }: WorkshopOptions): Promise<TestWorkshop> {
  const steps: BuildStep[] = [];
  const host = recorded(await openHost(path.join(folder, 'host')), steps);
  const artifacts = await openArtifacts(path.join(folder, 'artifacts'));
  const layers = await openLayers(path.join(folder, 'layers'), artifacts);
  const workshop: Workshop = {
    host,
    cache: path.join(folder, 'cache'),
    runtimes: openRuntimes({ folder: runtimes, host }),
    layers: {
      put: (content) => artifacts.put(content),
      find: (digest) => artifacts.find(digest),
      unpack: (digest, signal) =>
        layers.unpack(digest, { signal, ...(user === null ? {} : { owner: user }) }),
    },
  };
  return {
    ...workshop,
    folder,
    steps,
    build: (builder, options) => build(builder, { folder, ...options }),
    run: (slug, argv) => run(slug, { argv, folder, workshop }),
  };
}

function openHost(folder: string): Promise<BuildHost> {
  const self = { kind: 'self' as const, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const person = user === null ? self : { kind: 'host' as const, ...user };
  return openBuildHost({ folder, name: `dozen-test-${process.pid}`, person, clock: systemClock });
}

function recorded(host: BuildHost, steps: BuildStep[]): BuildHost {
  return {
    user: host.user,
    run: (step) => {
      steps.push(step);
      return host.run(step);
    },
  };
}

function build(builder: Builder, options: BuildOptions & { readonly folder: string }): Promise<BuildOutcome> {
  const place = mkdtempSync(path.join(options.folder, 'build-'));
  const [source, workspace] = [path.join(place, 'source'), path.join(place, 'workspace')];
  mkdirSync(workspace);
  cpSync(options.app, path.join(source, 'app'), { recursive: true, verbatimSymlinks: true });
  giveTo(user, source);
  return builder.build({
    source,
    workspace,
    settings: { ...readBuildSettings(process.env), ...options.settings },
    onOutput: options.onOutput ?? (() => undefined),
    signal: options.signal ?? new AbortController().signal,
  });
}

interface Running {
  readonly argv: readonly string[];
  readonly folder: string;
  readonly workshop: Workshop;
}

async function run(
  slug: SlugManifest,
  { argv, folder, workshop }: Running,
): Promise<{ exit: Exit; output: string }> {
  const { signal } = new AbortController();
  const upper = mkdtempSync(path.join(folder, 'upper-'));
  mkdirSync(path.join(upper, 'app'));
  giveTo(user, upper);
  let output = '';
  const onOutput = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  const settings = readBuildSettings(process.env);
  const layers = await Promise.all(slug.layers.map(({ digest }) => workshop.layers.unpack(digest, signal)));
  const tools = await Promise.all(
    slug.runtimes.map((runtime) => workshop.runtimes.provide(runtime, { settings, onOutput, signal })),
  );
  const exit = await workshop.host.run({
    argv,
    cwd: '/app',
    env: { HOME: '/app', ...slug.environment },
    network: false,
    lowers: [...layers, ...tools],
    upper,
    shown: [],
    memoryLimit: settings.memoryLimit,
    diskLimit: settings.diskLimit,
    nice: 0,
    onOutput,
    signal,
  });
  return { exit, output };
}
