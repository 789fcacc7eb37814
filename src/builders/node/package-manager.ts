/** How each package manager is told to install exactly what its lockfile says, and to run a script. */
import semver from 'semver';
import type { Lockfile } from '../../factors/02-dependencies/lockfile.ts';
import type { Manifest, PackageManager } from '../../factors/02-dependencies/manifest.ts';
import { runtimePath } from '../../factors/05-build-release-run/runtime.ts';
import type { Runtime } from '../../factors/05-build-release-run/slug.ts';
import { nodePackage, ownRuntimes } from '../own-runtimes.ts';
import { buildHome } from '../step.ts';

export type Scope = 'full' | 'production';

export interface Managed {
  readonly name: PackageManager['name'];
  readonly version: string;
  /** Yarn from 2 on. */
  readonly berry: boolean;
}

/** The manager that `packageManager` names, else one that reads this lockfile. */
export function chooseManager(
  { packageManager }: Manifest,
  { lockfile, node }: { readonly lockfile: Lockfile | null; readonly node: string },
): Managed {
  const name = packageManager?.name ?? lockfile?.kind ?? 'npm';
  const berry = lockfile?.kind === 'yarn' ? lockfile.edition === 'berry' : false;
  return { name, berry, version: packageManager?.version ?? defaultVersion(name, { berry, node }) };
}

/** npm is there in any case: `npm start` and `npm run` are what Procfiles say. */
export function runtimesFor(manager: Managed, node: string): readonly Runtime[] {
  const npm = manager.name === 'npm' ? manager.version : npmFor(node);
  const others = manager.name === 'npm' ? [] : [{ name: manager.name, version: manager.version }];
  return [{ name: 'node', version: node }, { name: 'npm', version: npm }, ...others];
}

/** Part of the builder's version: a change here changes what apps are installed with. */
function defaultVersion(
  name: Managed['name'],
  { berry, node }: { readonly berry: boolean; readonly node: string },
): string {
  switch (name) {
    case 'npm':
      return npmFor(node);
    case 'pnpm':
      return '10.34.8';
    case 'yarn':
      return berry ? '4.18.1' : '1.22.22';
  }
}

/** Dozen's own npm where the app's Node can run it. */
function npmFor(node: string): string {
  if (semver.satisfies(node, '^20.17.0 || >=22.9.0')) return ownRuntimes.npm.version;
  return semver.satisfies(node, '^18.17.0 || >=20.5.0') ? '10.8.2' : '9.9.4';
}

export function installArguments({ name, berry }: Managed, scope: Scope): readonly string[] {
  const full = scope === 'full';
  switch (name) {
    case 'npm':
      return ['npm', 'ci', full ? '--include=dev' : '--omit=dev'];
    case 'pnpm':
      return ['pnpm', 'install', '--frozen-lockfile', `--prod=${!full}`];
    case 'yarn':
      if (berry)
        return full
          ? ['yarn', 'install', '--immutable']
          : ['yarn', 'workspaces', 'focus', '--all', '--production'];
      return ['yarn', 'install', '--frozen-lockfile', '--non-interactive', `--production=${!full}`];
  }
}

/** Yarn 2 and 3 install for production through a plugin that may not be there. */
export function installsForProduction({ berry, version }: Managed): boolean {
  return !berry || semver.major(version) >= 4;
}

export function runArguments({ name }: Managed, script: string): readonly string[] {
  return [name, 'run', script];
}

/** What keeps a manager quiet, inside the build's home, and from what would differ between two builds. */
export function managerEnvironment({ name, berry }: Managed): Readonly<Record<string, string>> {
  switch (name) {
    case 'npm':
      return { ...gyp, ...quietNpm };
    case 'pnpm':
      return { ...gyp, ...quietPnpm('npm_config'), ...quietPnpm('pnpm_config') };
    case 'yarn':
      if (berry) return { ...gyp, YARN_ENABLE_TELEMETRY: '0', YARN_GLOBAL_FOLDER: `${buildHome}/.yarn` };
      return { ...gyp, YARN_CACHE_FOLDER: `${buildHome}/.yarn-cache` };
  }
}

/** What keeps a manager that starts a process from looking for another version of itself. */
export function runEnvironment({ name }: Managed): Readonly<Record<string, string>> {
  const npm = { npm_config_update_notifier: 'false' };
  if (name !== 'pnpm') return npm;
  return { ...npm, npm_config_manage_package_manager_versions: 'false', pnpm_config_pm_on_fail: 'ignore' };
}

/** Native addons are compiled against the headers that came with their Node. */
const gyp = {
  npm_package_config_node_gyp_nodedir: `${runtimePath('node')}/lib/node_modules/${nodePackage()}`,
};

const quietNpm = {
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
  npm_config_cache: `${buildHome}/.npm`,
};

/** Its variables begin with `pnpm_config` from version 11 on. */
function quietPnpm(prefix: 'npm_config' | 'pnpm_config'): Record<string, string> {
  return {
    [`${prefix}_store_dir`]: `${buildHome}/.pnpm-store`,
    [`${prefix}_update_notifier`]: 'false',
    [`${prefix}_verify_deps_before_run`]: 'false',
    [`${prefix}_manage_package_manager_versions`]: 'false',
    [`${prefix}_pm_on_fail`]: 'ignore',
    [`${prefix}_package_import_method`]: 'copy',
  };
}

/**
 * Whether the output of a failed install says that the lockfile does not match. There is nothing else to tell it by: each
 * manager has a code of its own for it, and Yarn 1 a sentence.
 */
export function saysLockfileStale(output: string): boolean {
  return /\bEUSAGE\b|\bERR_PNPM_OUTDATED_LOCKFILE\b|\bERR_PNPM_LOCKFILE_CONFIG_MISMATCH\b|\bYN0028\b|Your lockfile needs to be updated/.test(
    output,
  );
}

/** The command that brings a lockfile up to date. */
export function lockingCommand({ name }: Managed): string {
  switch (name) {
    case 'npm':
      return 'npm install --package-lock-only';
    case 'pnpm':
      return 'pnpm install --lockfile-only';
    case 'yarn':
      return 'yarn install';
  }
}
