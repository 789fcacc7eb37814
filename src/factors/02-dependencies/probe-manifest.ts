/** What the prover says of manifests, their lockfiles and what was installed. */
import { broken, type Evidence, holds, notApplicable, type Probe, some, unproven } from '../law.ts';

export interface LockingFacts {
  /** Those that name dependencies. */
  readonly manifests: readonly LockedManifest[];
}

export interface LockedManifest {
  readonly file: string;
  /** How many it names. */
  readonly dependencies: number;
  /** Files that say which versions they are. */
  readonly locks: readonly string[];
  /** Where the manifest names the first, or, when some of its lines say the version and others do not, those that do not. */
  readonly at: readonly [Evidence, ...Evidence[]];
  /** Whether it is its own lockfile, as far as its lines name one version each. */
  readonly pinsItself: boolean;
}

export interface AgreementFacts {
  readonly compared: readonly ComparedLockfile[];
  readonly unread: readonly UnreadLockfile[];
}

export interface ComparedLockfile {
  readonly manifest: string;
  readonly lockfile: string;
  readonly dependencies: number;
  /** How many differ. */
  readonly differing: number;
  /** The first of them. */
  readonly differences: readonly Difference[];
}

export interface Difference {
  readonly name: string;
  /** What the manifest asks for; null: it does not name it. */
  readonly declared: string | null;
  /** What the lockfile was made for; null: it does not have it. */
  readonly locked: string | null;
  readonly at: Evidence;
}

export interface UnreadLockfile {
  readonly file: string;
  /** A few words behind the file's name: `is not compared`. */
  readonly why: string;
}

export interface VendoredFacts {
  /** The topmost folders of installed packages in the tree. */
  readonly folders: readonly VendoredFolder[];
}

export interface VendoredFolder {
  readonly folder: string;
  readonly files: number;
  readonly at: Evidence;
}

const source = 'https://12factor.net/dependencies';

export const locksVersions: Probe<LockingFacts> = {
  id: 'dependencies/locks-versions',
  statement: 'Locks the version of every dependency that a manifest names',
  method: 'source',
  why: 'Without a lockfile two builds of one commit take different versions, and what was tested is not what is released',
  source,
  how: 'Look for the lockfile of each manifest, in its folder and in those above; lines of requirements.txt are locked by == or a hash',
  blind:
    'A folder below another that has a lockfile is taken to be part of its workspaces; manifests of ecosystems other than Node, Python, Ruby, Go, PHP and Rust',
  mend: 'Let the package manager write its lockfile, and commit that one and no other',
  fixes: {
    javascript: 'npm install --package-lock-only\ngit add package-lock.json',
    python:
      'pip install pip-tools\npip-compile --output-file requirements.txt requirements.in\ngit add requirements.txt',
    ruby: 'bundle lock\ngit add Gemfile.lock',
  },
  judge({ manifests }) {
    const [first] = manifests;
    if (first === undefined) return notApplicable('No manifest names a dependency');
    const unlocked = manifests.filter(({ locks }) => locks.length !== 1);
    const evidence = unlocked.flatMap(({ at }) => at);
    if (some(evidence)) return broken(listed(unlocked.map(withoutOneLock)), evidence, mendOfLocks(unlocked));
    return holds(
      listed(
        manifests.map(({ file, locks }) =>
          locks[0] === file ? `${file} names a version in each line` : `${file} has ${locks[0]}`,
        ),
      ),
      first.at,
    );
  },
};

/** Undefined: a lockfile is missing, which is what the probe itself speaks of. */
function mendOfLocks(unlocked: readonly LockedManifest[]): string | undefined {
  if (unlocked.every(({ locks }) => locks.length > 1))
    return 'Keep the lockfile of the package manager that builds the app, and remove the others from Git';
  if (unlocked.every(({ locks, pinsItself }) => locks.length === 0 && pinsItself))
    return 'Name one version in each line, with ==, or let pip-compile write the file';
  return undefined;
}

function withoutOneLock({ file, dependencies, locks, pinsItself, at }: LockedManifest): string {
  const names = `${file} names ${counted(dependencies, 'dependency', 'dependencies')}`;
  if (locks.length > 1) return `${names}, and ${locks.join(' and ')} each say which versions`;
  return pinsItself
    ? `${names}, ${at.length} of them without a version`
    : `${names}, and no lockfile says which versions`;
}

export const lockfileAgreesWithManifest: Probe<AgreementFacts> = {
  id: 'dependencies/lockfile-agrees-with-manifest',
  statement: 'Has lockfiles that were made for their manifests',
  method: 'source',
  why: 'A lockfile that is out of date is corrected by whoever builds next, each in their own way, or refused',
  source,
  how: 'Compare the ranges in package.json with those that the lockfile was made for; the names in Gemfile and go.mod with those in theirs',
  blind:
    'Lockfiles of pip, Poetry, uv, Composer and Cargo are not compared; whether a locked version is still to be had; hashes',
  mend: 'Install once with the package manager, and commit manifest and lockfile together',
  fixes: {
    javascript: 'npm install --package-lock-only\ngit add package.json package-lock.json',
    python: 'poetry lock\ngit add pyproject.toml poetry.lock',
    ruby: 'bundle lock\ngit add Gemfile Gemfile.lock',
  },
  judge({ compared, unread }) {
    const different = compared.filter(({ differences }) => differences.length > 0);
    const evidence = different.flatMap(({ differences }) => differences.map(({ at }) => at));
    if (some(evidence)) return broken(listed(different.map(disagreement)), evidence);
    if (unread.length > 0) return unproven(listed(unread.map(({ file, why }) => `${file} ${why}`)));
    if (compared.length === 0) return notApplicable('No manifest has a lockfile of its own');
    return holds(
      listed(
        compared.map(
          ({ manifest, lockfile, dependencies }) =>
            `${lockfile} was made for the ${counted(dependencies, 'dependency', 'dependencies')} of ${manifest}`,
        ),
      ),
    );
  },
};

function disagreement({ manifest, lockfile, differing, differences }: ComparedLockfile): string {
  const told = differences.slice(0, 3).map(({ name, declared, locked }) => {
    if (declared === null) return `${name} is no longer in the manifest`;
    return locked === null
      ? `${name} is not in the lockfile`
      : `${name} is ${declared} in one, ${locked} in the other`;
  });
  const rest = differing - told.length;
  return `${manifest} and ${lockfile} disagree: ${told.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

export const vendorsNoPackages: Probe<VendoredFacts> = {
  id: 'dependencies/vendors-no-packages',
  statement: 'Has no installed packages in its codebase',
  method: 'source',
  why: 'Packages that were installed on one machine run on machines like it; a manifest and a lockfile install them on any',
  source,
  how: 'Look in the commit for folders that package managers install into: node_modules, bower_components, vendor/bundle, site-packages, virtual environments',
  blind:
    'Libraries that were copied in under another name; archives of Yarn (.yarn/cache) and what go mod vendor writes are meant to be committed and not counted',
  mend: 'Remove the folder from Git, ignore it, and let the build install what the lockfile names',
  fixes: {
    javascript: "git rm -r --cached node_modules\necho 'node_modules/' >> .gitignore",
    python: "git rm -r --cached .venv\necho '.venv/' >> .gitignore",
    ruby: "git rm -r --cached vendor/bundle\necho 'vendor/bundle/' >> .gitignore",
  },
  judge({ folders }) {
    const evidence = folders.map(({ at }) => at);
    if (!some(evidence)) return holds('The commit has no folder that a package manager installs into');
    const told = folders.map(({ folder, files }) => `${folder} with ${counted(files, 'file', 'files')}`);
    return broken(`Installed packages are committed: ${told.join(', ')}`, evidence);
  },
};

/** The first few, and how many more there are. */
function listed(told: readonly string[], between = '; '): string {
  const rest = told.length - 5;
  return rest > 0 ? `${told.slice(0, 5).join(between)} and ${rest} more` : told.join(between);
}

function counted(number: number, one: string, several: string): string {
  return `${number} ${number === 1 ? one : several}`;
}

export const manifestProbes = [locksVersions, lockfileAgreesWithManifest, vendorsNoPackages] as const;
