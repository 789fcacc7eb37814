/** Builds apps that have a `package.json`. */
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { findLockfile, type Lockfile } from '../../factors/02-dependencies/lockfile.ts';
import { type Manifest, parseManifest } from '../../factors/02-dependencies/manifest.ts';
import { resolveNodeVersion } from '../../factors/02-dependencies/node-version.ts';
import type { Procfile } from '../../factors/05-build-release-run/procfile.ts';
import { searchPath } from '../../factors/05-build-release-run/runtime.ts';
import type { Runtime } from '../../factors/05-build-release-run/slug.ts';
import { readProcesses } from '../app-processes.ts';
import type { Builder, BuildOutcome, BuildRequest, BuildWarning, Workshop } from '../builder.ts';
import { packFolder } from '../canonical-tar.ts';
import { entriesIn, giveTo, hasFile } from '../folder.ts';
import { applySlugIgnore } from '../slug-ignore.ts';
import { type Bench, makeHome, runStep } from '../step.ts';
import { type Dependencies, provideDependencies } from './dependencies.ts';
import { copyInputs, type Inputs, plugsAndPlays } from './inputs.ts';
import {
  chooseManager,
  type Managed,
  managerEnvironment,
  runArguments,
  runEnvironment,
  runtimesFor,
} from './package-manager.ts';
import { nodeReleases } from './releases.ts';

const name = 'node';
const version = '1';

export function nodeBuilder(workshop: Workshop): Builder {
  return {
    name,
    version,
    detect: (source) =>
      hasFile(path.join(source, 'app'), 'package.json') ? { reason: 'package.json' } : null,
    build: (request) => build(request, workshop),
  };
}

async function build(request: BuildRequest, workshop: Workshop): Promise<BuildOutcome> {
  request.signal.throwIfAborted();
  const app = path.join(request.source, 'app');
  applySlugIgnore(app);
  const warnings = removeInstalled(app);
  const project = readProject(app);
  const bench: Bench = { host: workshop.host, ...request };
  const tools = await provideTools(project, { request, workshop });
  const dependencies = await install(project, { request, workshop, bench, tools });
  await runScripts(project, { request, bench, tools, dependencies });
  const appLayer = await workshop.layers.put(packFolder(request.source, { leaveOut: isCache }));
  const production = dependencies?.made.production ?? null;
  return {
    slug: {
      format: 1,
      layers: [
        { kind: 'app', ...appLayer },
        ...(production === null ? [] : [{ kind: 'dependencies' as const, ...production }]),
      ],
      builder: { name, version },
      runtimes: project.runtimes,
      processTypes: project.procfile.processTypes,
      release: project.procfile.release,
      environment: { NODE_ENV: 'production', PATH: project.searchPath, ...runEnvironment(project.manager) },
    },
    packages: dependencies?.made.packages ?? 0,
    installed: dependencies?.made.installed ?? [],
    reused: dependencies?.made.reused ?? false,
    warnings,
  };
}

interface Project {
  readonly app: string;
  readonly manifest: Manifest;
  readonly procfile: Procfile;
  readonly lockfile: Lockfile | null;
  /** Node finds packages through Yarn's hook, which `yarn run` brings. */
  readonly plugAndPlay: boolean;
  readonly manager: Managed;
  readonly runtimes: readonly Runtime[];
  readonly searchPath: string;
}

/** Everything an app says about itself, read before anything is run. */
function readProject(app: string): Project {
  const manifest = parseManifest(readFileSync(path.join(app, 'package.json'), 'utf8'));
  const lockfile = findLockfile(manifest, {
    names: entriesIn(app).map((entry) => entry.name),
    read: (file) => readFileSync(path.join(app, file), 'utf8'),
  });
  const plugAndPlay = lockfile !== null && plugsAndPlays(app, lockfile);
  const start = plugAndPlay ? 'yarn start' : 'npm start';
  const procfile = readProcesses(app, { web: manifest.scripts.start === null ? null : start });
  const node = resolveNodeVersion(
    manifest.nodeRange,
    nodeReleases.map((release) => release.version),
  );
  const manager = chooseManager(manifest, { lockfile, node });
  const runtimes = runtimesFor(manager, node);
  const programs = `/app/node_modules/.bin:${searchPath(runtimes)}`;
  return { app, manifest, procfile, lockfile, plugAndPlay, manager, runtimes, searchPath: programs };
}

/** An installed tree that was committed is of another machine, and would cover what is installed here. */
function removeInstalled(app: string): BuildWarning[] {
  if (!entriesIn(app).some((entry) => entry.name === 'node_modules')) return [];
  rmSync(path.join(app, 'node_modules'), { recursive: true });
  const message = 'node_modules is committed and was left out: packages are installed from the lockfile';
  return [{ code: 'NODE_MODULES_COMMITTED', message }];
}

interface Around {
  readonly request: BuildRequest;
  readonly workshop: Workshop;
}

/** The app's package digest is of its declared manager alone. */
function provideTools({ runtimes, manifest }: Project, { request, workshop }: Around): Promise<string[]> {
  const declared = manifest.packageManager;
  return Promise.all(
    runtimes.map((runtime) => {
      const digest = runtime.name === declared?.name ? declared.integrity : null;
      return workshop.runtimes.provide(runtime, { ...request, ...(digest === null ? {} : { digest }) });
    }),
  );
}

interface Installed {
  readonly made: Dependencies;
  readonly inputs: Inputs;
}

async function install(
  project: Project,
  { request, workshop, bench, tools }: Around & { readonly bench: Bench; readonly tools: readonly string[] },
): Promise<Installed | null> {
  const { app, lockfile, manager, runtimes } = project;
  if (lockfile === null) return null;
  const inputsFolder = path.join(request.workspace, 'inputs');
  const inputs = copyInputs(app, { to: path.join(inputsFolder, 'app'), lockfile });
  const made = await provideDependencies(
    {
      inputs,
      inputsFolder,
      manager,
      plugAndPlay: project.plugAndPlay,
      lockfile: lockfile.file,
      versions: [name, version, ...runtimes.map((runtime) => `${runtime.name}@${runtime.version}`)],
      tools,
      searchPath: project.searchPath,
      workspace: request.workspace,
    },
    { workshop, bench },
  );
  return { made, inputs };
}

interface Running {
  readonly request: BuildRequest;
  readonly bench: Bench;
  readonly tools: readonly string[];
  readonly dependencies: Installed | null;
}

/** The app's own scripts, on its source and all dependencies, without the network. */
async function runScripts(project: Project, { request, bench, tools, dependencies }: Running): Promise<void> {
  const { scripts } = project.manifest;
  const build = scripts.herokuPostbuild === null ? scripts.build : scripts.herokuPostbuild;
  const buildName = scripts.herokuPostbuild === null ? 'build' : 'heroku-postbuild';
  const wanted = [
    ...(dependencies?.inputs.lifecycle ?? []),
    ...(build === null ? [] : [{ folder: '', script: buildName }]),
  ];
  if (wanted.length === 0) return;
  const full = dependencies === null ? [] : [await dependencies.made.folder()];
  makeHome(request.source, {});
  giveTo(bench.host.user, request.source);
  for (const { folder, script } of wanted) {
    await runStep(bench, {
      argv: runArguments(project.manager, script),
      cwd: path.posix.join('/app', folder),
      env: {
        PATH: project.searchPath,
        NODE_ENV: 'production',
        ...managerEnvironment(project.manager),
      },
      network: false,
      lowers: [...full, ...tools],
      upper: request.source,
    });
  }
}

/** What tools keep to be faster next time is no part of a slug. */
function isCache(place: string): boolean {
  return !/^app(\/|$)/.test(place) || /(^|\/)node_modules\/\.cache$/.test(place);
}
