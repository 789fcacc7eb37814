/** One row for each ecosystem: its manifest, its lockfiles, and who reads them. */
import {
  type ReadLocked,
  readBunLock,
  readGemfileLock,
  readGoSum,
  readNpmLock,
  readPnpmLock,
  readYarnLock,
} from './locked.ts';
import {
  type ReadManifest,
  readCargo,
  readComposerJson,
  readGemfile,
  readGoMod,
  readPackageJson,
  readPipfile,
  readPyproject,
  readRequirements,
} from './manifests.ts';

export interface Ecosystem {
  /** Its file name. */
  readonly manifest: string;
  readonly read: ReadManifest;
  /** Reader by file name; null: nobody compares it with its manifest. */
  readonly locks: Readonly<Record<string, ReadLocked | null>>;
  /** Whether one is enough and a second would contradict it. */
  readonly exclusive: boolean;
}

const pythonLocks = { 'poetry.lock': null, 'uv.lock': null, 'pdm.lock': null, 'pylock.toml': null } as const;

export const ecosystems: readonly Ecosystem[] = [
  {
    manifest: 'package.json',
    read: readPackageJson,
    locks: {
      'package-lock.json': readNpmLock,
      'npm-shrinkwrap.json': readNpmLock,
      'pnpm-lock.yaml': readPnpmLock,
      'yarn.lock': readYarnLock,
      'bun.lock': readBunLock,
      'bun.lockb': null,
    },
    exclusive: true,
  },
  {
    manifest: 'requirements.txt',
    read: readRequirements,
    locks: { ...pythonLocks, 'Pipfile.lock': null },
    exclusive: false,
  },
  { manifest: 'pyproject.toml', read: readPyproject, locks: pythonLocks, exclusive: false },
  { manifest: 'Pipfile', read: readPipfile, locks: { 'Pipfile.lock': null }, exclusive: false },
  { manifest: 'Gemfile', read: readGemfile, locks: { 'Gemfile.lock': readGemfileLock }, exclusive: false },
  { manifest: 'go.mod', read: readGoMod, locks: { 'go.sum': readGoSum }, exclusive: false },
  { manifest: 'composer.json', read: readComposerJson, locks: { 'composer.lock': null }, exclusive: false },
  { manifest: 'Cargo.toml', read: readCargo, locks: { 'Cargo.lock': null }, exclusive: false },
];
