/**
 * Interpreters and tools, kept between builds as root-shaped folders.
 *
 * ```
 * FOLDER/node@26.10.0-x64/opt/node/bin/node
 * FOLDER/pnpm@9.15.4-x64/opt/pnpm/bin/pnpm
 * FOLDER/tmp-…                        being made; what a killed maker left goes with `sweep`
 * ```
 *
 * Dozen's own Node, npm and static server lie beside Dozen and are copied, so that an isolation can see them wherever Dozen
 * is installed. Everything else is a package of the registry, installed by Dozen's npm inside an isolation. npm checks what it
 * fetched against the registry's digest; a digest pinned here, or named by the app, is checked before it is installed.
 */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DozenError, userError } from '../base/error.ts';
import { runtimePath, searchPath } from '../factors/05-build-release-run/runtime.ts';
import type { Runtime } from '../factors/05-build-release-run/slug.ts';
import type { BuildHost, PackageDigest, RuntimeFetch, Runtimes } from './builder.ts';
import { giveTo } from './folder.ts';
import { nodeReleases } from './node/releases.ts';
import { nodePackage, type OwnRuntime, ownRuntimes } from './own-runtimes.ts';
import { buildHome, makeHome, runStep } from './step.ts';

export interface RuntimesOptions {
  readonly folder: string;
  readonly host: BuildHost;
}

export function openRuntimes({ folder, host }: RuntimesOptions): Runtimes & { sweep(): Promise<void> } {
  const running = new Map<string, Promise<void>>();
  const provide = async (runtime: Runtime, fetching: RuntimeFetch): Promise<string> => {
    const place = path.join(folder, `${runtime.name}@${runtime.version}-${process.arch}`);
    if (existsSync(place)) return place;
    const making = running.get(place) ?? make(runtime, { place, host, fetching, provide });
    running.set(place, making);
    try {
      await making;
    } finally {
      running.delete(place);
    }
    return place;
  };
  return { provide, sweep: () => sweep(folder) };
}

interface Making {
  readonly place: string;
  readonly host: BuildHost;
  readonly fetching: RuntimeFetch;
  readonly provide: Runtimes['provide'];
}

async function make(runtime: Runtime, making: Making): Promise<void> {
  const { place } = making;
  await mkdir(path.dirname(place), { recursive: true });
  const draft = await mkdtemp(path.join(path.dirname(place), 'tmp-'));
  try {
    const own = ownRuntime(runtime);
    const made = own ? await copyInto(draft, own) : await fetchInto(draft, { runtime, ...making });
    chmodSync(made, 0o755);
    await settle(made, place);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

function ownRuntime({ name, version }: Runtime): OwnRuntime | undefined {
  return Object.values(ownRuntimes).find((own) => own.name === name && own.version === version);
}

async function copyInto(draft: string, own: OwnRuntime): Promise<string> {
  const made = path.join(draft, 'made');
  await own.fill(path.join(made, runtimePath(own.name)));
  return made;
}

type Fetching = Making & { readonly runtime: Runtime };

/** Gives the root-shaped folder that holds the runtime and nothing else. */
async function fetchInto(draft: string, fetchingRuntime: Fetching): Promise<string> {
  const { runtime, host, fetching } = fetchingRuntime;
  const source = sourceOf(runtime);
  const home = makeHome(path.join(draft, 'home'), { '.npmrc': fetching.settings.npmrc ?? '' });
  const tools = await Promise.all(bootstrap.map((tool) => fetchingRuntime.provide(tool, fetching)));
  const [packed, made] = ['packed', 'made'].map((name) => path.join(draft, name)) as [string, string];
  for (const upper of [packed, made]) await mkdir(path.join(upper, buildHome), { recursive: true });
  await mkdir(path.join(made, runtimePath(draftName)), { recursive: true });
  giveTo(host.user, draft);
  const npm = async (upper: string, lowers: readonly string[], args: readonly string[]): Promise<void> => {
    const step = { argv: ['npm', ...args], cwd: buildHome, env, network: true, lowers, upper };
    await runStep({ host, ...fetching }, step);
  };
  try {
    await npm(packed, [home, ...tools], ['pack', source.package]);
    const tarball = (await readdir(path.join(packed, buildHome))).find((name) => name.endsWith('.tgz')) ?? '';
    if (source.digested === null)
      checkDigest(path.join(packed, buildHome, tarball), {
        runtime,
        digest: source.pinned ?? fetching.digest,
      });
    const install = ['install', '--global', `--prefix=${runtimePath(draftName)}`, `./${tarball}`];
    await npm(made, [packed, home, ...tools], install);
  } catch (error) {
    throw asUnavailable(error, runtime);
  }
  await rename(path.join(made, runtimePath(draftName)), path.join(made, runtimePath(runtime.name)));
  if (source.digested !== null) {
    const program = path.join(made, runtimePath(runtime.name), 'lib/node_modules', source.digested);
    checkDigest(program, { runtime, digest: fetching.digest });
  }
  await rm(path.join(made, 'home'), { recursive: true });
  // Other apps' builds use it too: it is none of them's.
  if (host.user !== null) giveTo({ uid: 0, gid: 0 }, made);
  return made;
}

/** A runtime may bear the name of one that installs it; its links are relative, so it can be renamed. */
const draftName = 'draft';

const bootstrap: readonly Runtime[] = [ownRuntimes.node, ownRuntimes.npm];

const env = {
  PATH: searchPath(bootstrap),
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
};

interface Source {
  /** What npm calls it, e.g. `pnpm@9.15.4`. */
  readonly package: string;
  readonly pinned: PackageDigest | null;
  /** The file that a digest of the app's is of; null: the package's tarball. */
  readonly digested: string | null;
}

function sourceOf({ name, version }: Runtime): Source {
  switch (name) {
    case 'node': {
      const release = nodeReleases.find((candidate) => candidate.version === version);
      const base64 = release?.integrity[process.arch];
      if (base64 === undefined) throw unknown(name, version);
      const hex = Buffer.from(base64, 'base64').toString('hex');
      return { package: `${nodePackage()}@${version}`, pinned: { algorithm: 'sha512', hex }, digested: null };
    }
    case 'npm':
    case 'pnpm':
      return { package: `${name}@${version}`, pinned: null, digested: null };
    case 'yarn':
      if (version.startsWith('1.')) return { package: `yarn@${version}`, pinned: null, digested: null };
      return {
        package: `@yarnpkg/cli-dist@${version}`,
        pinned: null,
        digested: '@yarnpkg/cli-dist/bin/yarn.js',
      };
    default:
      throw unknown(name, version);
  }
}

function checkDigest(
  file: string,
  { runtime, digest }: { readonly runtime: Runtime; readonly digest: PackageDigest | undefined },
): void {
  if (digest === undefined) return;
  const found = createHash(digest.algorithm).update(readFileSync(file)).digest('hex');
  if (found === digest.hex) return;
  const what = `${runtime.name} ${runtime.version}`;
  throw userError(
    'RUNTIME_CORRUPT',
    `Cannot use ${what}: its ${digest.algorithm} is ${found}, not ${digest.hex}`,
    {
      hint: 'Correct "packageManager" in package.json, or see what the registry serves',
    },
  );
}

function asUnavailable(error: unknown, { name, version }: Runtime): unknown {
  if (!(error instanceof DozenError) || error.code !== 'BUILD_FAILED') return error;
  return userError('RUNTIME_UNAVAILABLE', `Cannot get ${name} ${version}: npm could not install it`, {
    hint: `See that the registry can be reached and has this version. ${error.hint ?? ''}`,
    cause: error,
  });
}

function unknown(name: string, version: string): Error {
  return userError('RUNTIME_UNKNOWN', `Cannot get ${name} ${version} for ${process.arch}: it is not known`, {
    hint: 'Declare another version in package.json',
  });
}

/** Another process may have been first: its folder is the same. */
async function settle(made: string, place: string): Promise<void> {
  try {
    await rename(made, place);
  } catch (error) {
    if (!['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

async function sweep(folder: string): Promise<void> {
  for (const name of existsSync(folder) ? await readdir(folder) : []) {
    if (name.startsWith('tmp-')) await rm(path.join(folder, name), { recursive: true, force: true });
  }
}
