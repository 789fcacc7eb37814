/**
 * The dependency layers of a Node app, made once for one set of inputs.
 *
 * ```
 * inputs ──► key ──► known ─────────────────────────────────────► two layers, nothing is run
 *                     └► not known ──► install all ──► install what production needs ──► two layers, kept under the key
 * ```
 *
 * Two layers, because a build needs tools that a running app must not carry. Where nothing is for development alone they are
 * one. What an install leaves that differs from run to run (times, the managers' own state) is in neither.
 */
import { hash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Digest } from '../../base/digest.ts';
import { DozenError, userError } from '../../base/error.ts';
import { canonicalJson } from '../../base/json.ts';
import type { InstalledPackage, StoredLayer, Workshop } from '../builder.ts';
import { packFolder } from '../canonical-tar.ts';
import { giveTo } from '../folder.ts';
import { type Bench, buildHome, makeHome, runStep } from '../step.ts';
import { countPackages } from './count-packages.ts';
import type { Inputs } from './inputs.ts';
import { installedPackages } from './installed-packages.ts';
import {
  installArguments,
  installsForProduction,
  lockingCommand,
  type Managed,
  managerEnvironment,
  type Scope,
  saysLockfileStale,
} from './package-manager.ts';

export interface Dependencies {
  readonly full: StoredLayer;
  readonly production: StoredLayer;
  readonly packages: number;
  readonly installed: readonly InstalledPackage[];
  readonly reused: boolean;
  /** The full layer as a root-shaped folder. */
  folder(): Promise<string>;
}

export interface DependencyRequest {
  readonly inputs: Inputs;
  /** Root-shaped, holding the inputs in `app`. */
  readonly inputsFolder: string;
  readonly manager: Managed;
  readonly plugAndPlay: boolean;
  /** The lockfile's name. */
  readonly lockfile: string;
  /** What besides the inputs decides what is installed: versions of the builder, of Node, of the manager. */
  readonly versions: readonly string[];
  /** Runtimes as root-shaped folders. */
  readonly tools: readonly string[];
  readonly searchPath: string;
  readonly workspace: string;
}

interface Kept {
  readonly full: StoredLayer;
  readonly production: StoredLayer;
  /** In the production layer. */
  readonly packages: number;
  readonly installed: readonly InstalledPackage[];
}

export async function provideDependencies(
  request: DependencyRequest,
  { workshop, bench }: { readonly workshop: Workshop; readonly bench: Bench },
): Promise<Dependencies> {
  const record = path.join(workshop.cache, 'dependencies', `${keyOf(request)}.json`);
  const kept = await recall(record, workshop);
  if (kept !== null) {
    return { ...kept, reused: true, folder: () => workshop.layers.unpack(kept.full.digest, bench.signal) };
  }
  const full = await install('full', { request, bench, downloads: null });
  const made = await packBoth(full, { request, bench, workshop });
  keep(record, made);
  return { ...made, reused: false, folder: async () => full };
}

/** Raised when `Kept` gains a member: records before it are not read. */
const recordFormat = 2;

function keyOf({ inputs, versions }: DependencyRequest): Digest {
  return hash(
    'sha256',
    canonicalJson([recordFormat, inputs.digest, versions, process.platform, process.arch]),
  );
}

/** Null also when a layer of it is gone: then it is made again. */
async function recall(record: string, { layers }: Workshop): Promise<Kept | null> {
  if (!existsSync(record)) return null;
  const kept = JSON.parse(readFileSync(record, 'utf8')) as Kept;
  const found = await Promise.all([kept.full, kept.production].map(({ digest }) => layers.find(digest)));
  return found.includes(null) ? null : kept;
}

/** A record is only a hint where layers are: without it they are made again. */
function keep(record: string, kept: Kept): void {
  mkdirSync(path.dirname(record), { recursive: true });
  const draft = `${record}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(kept), { flush: true });
  renameSync(draft, record);
}

interface Packing {
  readonly request: DependencyRequest;
  readonly bench: Bench;
  readonly workshop: Workshop;
}

async function packBoth(folder: string, { request, bench, workshop }: Packing): Promise<Kept> {
  const full = await pack(folder, { request, workshop });
  if (!request.inputs.development || !installsForProduction(request.manager)) {
    return { full, production: full, ...contentsOf(folder, request) };
  }
  const lean = await install('production', {
    request,
    bench,
    downloads: path.join(request.workspace, 'downloads'),
  });
  return { full, production: await pack(lean, { request, workshop }), ...contentsOf(lean, request) };
}

function contentsOf(
  folder: string,
  { inputsFolder, lockfile }: DependencyRequest,
): Pick<Kept, 'packages' | 'installed'> {
  const installed = installedPackages(folder, { lockfile: path.join(inputsFolder, 'app', lockfile) });
  return { packages: countPackages(folder), installed };
}

interface Installing {
  readonly request: DependencyRequest;
  readonly bench: Bench;
  /** What an install before has downloaded, root-shaped. */
  readonly downloads: string | null;
}

/** Gives a root-shaped folder with what the install wrote. */
async function install(scope: Scope, { request, bench, downloads }: Installing): Promise<string> {
  const { manager, inputsFolder, tools, searchPath, workspace } = request;
  const upper = path.join(workspace, scope);
  mkdirSync(path.join(upper, 'app'), { recursive: true });
  mkdirSync(path.join(upper, buildHome), { recursive: true });
  const home = makeHome(path.join(workspace, `home-${scope}`), { '.npmrc': bench.settings.npmrc ?? '' });
  for (const folder of [upper, home, inputsFolder]) giveTo(bench.host.user, folder);
  const output = { text: '' };
  const listening = listen(bench, output);
  try {
    await runStep(listening, {
      argv: installArguments(manager, scope),
      cwd: '/app',
      env: { PATH: searchPath, CI: 'true', ...managerEnvironment(manager), ...localCache(request) },
      network: true,
      lowers: [...(downloads === null ? [] : [downloads]), home, inputsFolder, ...tools],
      upper,
    });
  } catch (error) {
    if (error instanceof DozenError && error.code === 'BUILD_FAILED' && saysLockfileStale(output.text)) {
      throw stale(request, error);
    }
    throw error;
  }
  // The next install starts with what this one has downloaded, and no layer holds it.
  const rest = path.join(workspace, `downloads${scope === 'full' ? '' : '-production'}`);
  mkdirSync(rest);
  renameSync(path.join(upper, 'home'), path.join(rest, 'home'));
  return upper;
}

/** Yarn's archives are part of the app where nothing is unpacked. */
function localCache({ plugAndPlay }: DependencyRequest): Record<string, string> {
  return plugAndPlay ? { YARN_ENABLE_GLOBAL_CACHE: 'false', YARN_CACHE_FOLDER: '/app/.yarn/cache' } : {};
}

function listen(bench: Bench, output: { text: string }): Bench {
  const onOutput = (chunk: Buffer): void => {
    output.text = (output.text + chunk.toString('latin1')).slice(-64 * 1024);
    bench.onOutput(chunk);
  };
  return { ...bench, onOutput };
}

const changeable = /\/(?:\.modules\.yaml|\.pnpm-workspace-state[^/]*\.json|\.cache)$/;

function pack(
  folder: string,
  { request, workshop }: { readonly request: DependencyRequest; readonly workshop: Workshop },
): Promise<StoredLayer> {
  // An input that the install touched was copied up: it is the source's, not the layer's.
  const leaveOut = (name: string): boolean =>
    !/^app(\/|$)/.test(name) || changeable.test(`/${name}`) || isInput(path.join(request.inputsFolder, name));
  return workshop.layers.put(packFolder(folder, { leaveOut }));
}

function isInput(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isDirectory() === false;
}

function stale({ manager, lockfile }: DependencyRequest, cause: DozenError): DozenError {
  return userError(
    'LOCKFILE_STALE',
    `Cannot install the dependencies: ${lockfile} does not match package.json`,
    {
      hint: `Run "${lockingCommand(manager)}" and commit ${lockfile}`,
      ...(cause.left === undefined ? {} : { left: cause.left }),
      cause,
    },
  );
}
