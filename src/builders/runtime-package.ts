/** A runtime fetched from the registry: what its package is called, and whether it is what it must be. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { DozenError, userError } from '../base/error.ts';
import { runtimePath, searchPath } from '../factors/05-build-release-run/runtime.ts';
import type { Runtime } from '../factors/05-build-release-run/slug.ts';
import type { BuildHost, PackageDigest, RuntimeFetch, Runtimes } from './builder.ts';
import { giveTo } from './folder.ts';
import { nodeReleases } from './node/releases.ts';
import { nodePackage, ownRuntimes } from './own-runtimes.ts';
import { buildHome, makeHome, runStep } from './step.ts';

export interface Fetching {
  /** An empty folder for what it needs. */
  readonly draft: string;
  readonly host: BuildHost;
  readonly fetching: RuntimeFetch;
  /** For Dozen's own Node and npm. */
  readonly provide: Runtimes['provide'];
}

/** Gives a root-shaped folder that holds the runtime and nothing else. */
export async function fetchRuntime(runtime: Runtime, fetching: Fetching): Promise<string> {
  const source = sourceOf(runtime);
  const installed = await unlessUnavailable(runtime, () => install(runtime, { source, ...fetching }));
  const made = path.join(fetching.draft, 'made');
  const folder = path.join(made, runtimePath(runtime.name));
  await mkdir(path.dirname(folder), { recursive: true });
  await rename(installed, folder);
  if (source.digested !== null) {
    const program = path.join(folder, 'lib/node_modules', source.digested);
    checkDigest(program, { runtime, digest: fetching.fetching.digest });
  }
  // Other apps' builds and processes use it too: it belongs to none of them.
  if (fetching.host.user !== null) giveTo({ uid: 0, gid: 0 }, made);
  return made;
}

type Installing = Fetching & { readonly source: Source };

/** Gives the folder that npm has filled. */
async function install(
  runtime: Runtime,
  { source, draft, host, fetching, provide }: Installing,
): Promise<string> {
  const home = makeHome(path.join(draft, 'home'), { '.npmrc': fetching.settings.npmrc ?? '' });
  const tools = await Promise.all(bootstrap.map((tool) => provide(tool, fetching)));
  const packed = path.join(draft, 'packed');
  const filled = path.join(draft, 'filled');
  for (const upper of [packed, filled]) await mkdir(path.join(upper, buildHome), { recursive: true });
  const prefix = runtimePath(draftName);
  await mkdir(path.join(filled, prefix), { recursive: true });
  giveTo(host.user, draft);
  const npm = { cwd: buildHome, env, network: true };
  const bench = { host, ...fetching };
  const lowers = [home, ...tools];
  await runStep(bench, {
    ...npm,
    argv: ['npm', 'pack', '--loglevel=error', source.package],
    lowers,
    upper: packed,
  });
  const tarball = (await readdir(path.join(packed, buildHome))).find((name) => name.endsWith('.tgz')) ?? '';
  if (source.digested === null) {
    const digest = source.pinned ?? fetching.digest;
    checkDigest(path.join(packed, buildHome, tarball), { runtime, digest });
  }
  const argv = ['npm', 'install', '--global', `--prefix=${prefix}`, `./${tarball}`];
  await runStep(bench, { ...npm, argv, lowers: [packed, ...lowers], upper: filled });
  return path.join(filled, prefix);
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

async function unlessUnavailable<T>({ name, version }: Runtime, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof DozenError && error.code === 'BUILD_FAILED')
      throw unavailable(`${name} ${version}`, error);
    throw error;
  }
}

function unavailable(what: string, cause: DozenError): DozenError {
  return userError('RUNTIME_UNAVAILABLE', `Cannot get ${what}: npm could not install it`, {
    hint: `See that the registry can be reached and has this version. ${cause.hint ?? ''}`,
    cause,
  });
}

function unknown(name: string, version: string): Error {
  return userError('RUNTIME_UNKNOWN', `Cannot get ${name} ${version} for ${process.arch}: it is not known`, {
    hint: 'Declare another version in package.json',
  });
}
