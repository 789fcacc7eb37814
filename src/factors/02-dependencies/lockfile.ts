/**
 * What was installed, to the byte, when the app was last known to work. An app with dependencies has exactly one
 * lockfile: without it two builds of one commit can differ, and with two of them nobody knows which one was meant.
 */
import { type DozenError, userError } from '../../base/error.ts';
import type { Manifest } from './manifest.ts';

export type Lockfile =
  | { readonly kind: 'npm'; readonly file: 'package-lock.json' | 'npm-shrinkwrap.json' }
  | { readonly kind: 'pnpm'; readonly file: 'pnpm-lock.yaml' }
  /** `classic` is Yarn 1, `berry` every later one. */
  | { readonly kind: 'yarn'; readonly file: 'yarn.lock'; readonly edition: 'classic' | 'berry' };

export interface AppFolder {
  /** Names of the files beside `package.json`. */
  readonly names: readonly string[];
  /** The text of one of them. Its first 16 KB are enough. */
  readonly read: (name: string) => string;
}

/**
 * The lockfile that the manifest is installed by; null for an app without dependencies that has none.
 * @throws LOCKFILE_MISSING, LOCKFILE_AMBIGUOUS, LOCKFILE_MISMATCH, LOCKFILE_INVALID
 */
export function findLockfile(manifest: Manifest, folder: AppFolder): Lockfile | null {
  const [file, second] = lockfileNames.filter((name) => folder.names.includes(name));
  if (file === undefined) return withoutLockfile(manifest);
  if (second !== undefined) throw ambiguous(file, second);
  const lockfile = identify(file, folder);
  checkManager(manifest, lockfile);
  return lockfile;
}

const lockfileNames = ['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock'] as const;

type LockfileName = (typeof lockfileNames)[number];

function withoutLockfile(manifest: Manifest): null {
  if (manifest.dependencies.length === 0 && manifest.devDependencies.length === 0) return null;
  const manager = manifest.packageManager?.name ?? 'npm';
  const { command, file } = lockingBy[manager];
  throw userError(
    'LOCKFILE_MISSING',
    'Cannot install the dependencies of package.json: no lockfile says which versions',
    { hint: `Run "${command}" and commit ${file}` },
  );
}

const lockingBy = {
  npm: { command: 'npm install --package-lock-only', file: 'package-lock.json' },
  pnpm: { command: 'pnpm install --lockfile-only', file: 'pnpm-lock.yaml' },
  yarn: { command: 'yarn install', file: 'yarn.lock' },
} as const;

function identify(file: LockfileName, folder: AppFolder): Lockfile {
  switch (file) {
    case 'package-lock.json':
    case 'npm-shrinkwrap.json':
      return { kind: 'npm', file };
    case 'pnpm-lock.yaml':
      return { kind: 'pnpm', file };
    case 'yarn.lock':
      return { kind: 'yarn', file, edition: yarnEdition(folder.read(file)) };
  }
}

/** Every edition writes its mark near the top: a comment in the one, a `__metadata` entry in the other. */
function yarnEdition(text: string): 'classic' | 'berry' {
  const head = text.slice(0, 16 * 1024);
  if (/^__metadata:/m.test(head)) return 'berry';
  if (/^# yarn lockfile v1\r?$/m.test(head)) return 'classic';
  throw userError('LOCKFILE_INVALID', 'Cannot read yarn.lock: it has the mark of no Yarn version', {
    hint: 'Run "yarn install" and commit yarn.lock',
  });
}

function checkManager({ packageManager }: Manifest, lockfile: Lockfile): void {
  if (packageManager === null) return;
  const declared = `${packageManager.name}@${packageManager.version}`;
  if (packageManager.name !== lockfile.kind) throw mismatched(declared, lockfile);
  if (lockfile.kind !== 'yarn') return;
  const edition = packageManager.version.startsWith('1.') ? 'classic' : 'berry';
  if (edition !== lockfile.edition) throw mismatched(declared, lockfile);
}

function mismatched(declared: string, lockfile: Lockfile): DozenError {
  const writer = lockfile.kind === 'yarn' ? `Yarn ${lockfile.edition}` : lockfile.kind;
  return userError(
    'LOCKFILE_MISMATCH',
    `Cannot install the dependencies: package.json declares ${JSON.stringify(declared)}, ${lockfile.file} is of ${writer}`,
    { hint: `Remove ${lockfile.file}, install with ${declared}, and commit its lockfile` },
  );
}

function ambiguous(first: string, second: string): DozenError {
  return userError(
    'LOCKFILE_AMBIGUOUS',
    `Cannot install the dependencies: both ${first} and ${second} say which versions`,
    { hint: `Run "git rm ${first}" or "git rm ${second}", and commit` },
  );
}
