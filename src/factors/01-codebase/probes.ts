/** What the prover says of one codebase, from its tree and what Git knows of it. */
import { broken, type Evidence, holds, type Probe, some } from '../law.ts';

export interface TrackedFacts {
  /** Null: Git knows no commit of the folder. */
  readonly commit: KnownCommit | null;
  /** What Git said when it knew none. */
  readonly said: Evidence;
}

export interface KnownCommit {
  readonly id: string;
  readonly shallow: boolean;
  /** Files on disk that differ from the commit. */
  readonly uncommitted: readonly string[];
}

export interface WholeFacts {
  /** What stands in the tree for code that is not in it. */
  readonly missing: readonly Missing[];
}

export interface Missing {
  readonly kind: 'submodule' | 'pointer' | 'nested';
  readonly name: string;
  readonly at: Evidence;
}

export interface OutsideFacts {
  readonly leaving: readonly Leaving[];
}

/** Something in the tree that names a place out of it. */
export interface Leaving {
  readonly kind: 'link' | 'dependency' | 'compiler setting';
  /** The place, as it is written. */
  readonly target: string;
  readonly at: Evidence;
}

export interface AppsFacts {
  /** Every folder that declares processes, the root as `.`. */
  readonly apps: readonly DeclaredApp[];
}

export interface DeclaredApp {
  readonly folder: string;
  readonly at: Evidence;
}

const source = 'https://12factor.net/codebase';

export const isTrackedInGit: Probe<TrackedFacts> = {
  id: 'codebase/is-tracked-in-git',
  statement: 'Is tracked in Git, at a commit that names what is checked',
  method: 'source',
  why: 'Deploys of an app are versions of one codebase; without a commit nobody can say which version runs',
  source,
  how: 'Ask Git for the commit of the folder: git rev-parse HEAD',
  blind:
    'Whether the history is the real one: a codebase that was copied into a new repository looks tracked',
  mend: 'Make the folder a Git repository and commit the app',
  fixes: {
    javascript:
      "git init\nprintf 'node_modules/\\n.env\\n' > .gitignore\ngit add --all\ngit commit -m 'Begin'",
    python:
      "git init\nprintf '.venv/\\n__pycache__/\\n.env\\n' > .gitignore\ngit add --all\ngit commit -m 'Begin'",
    ruby: "git init\nprintf 'vendor/bundle/\\nlog/\\n.env\\n' > .gitignore\ngit add --all\ngit commit -m 'Begin'",
  },
  judge({ commit, said }) {
    if (commit === null)
      return broken('Git knows no commit of the folder: it is no repository, or nothing was committed', [
        said,
      ]);
    const parts = [`The commit is ${commit.id.slice(0, 12)}`];
    if (commit.shallow) parts.push('the clone is shallow, so its history is not there to be read');
    const { uncommitted } = commit;
    if (uncommitted.length > 0)
      parts.push(
        `${counted(uncommitted.length, 'file differs from it on disk and is', 'files differ from it on disk and are')} not checked: ${few(uncommitted)}`,
      );
    return holds(parts.join('; '));
  },
};

export const containsAllItsCode: Probe<WholeFacts> = {
  id: 'codebase/contains-all-its-code',
  statement: 'Contains all of its code',
  method: 'source',
  why: 'A commit that only points at code elsewhere is not the version of the app: what it points at can move or be gone',
  source,
  how: 'Clone the commit alone, and look for submodules, Git LFS pointers and other repositories in place of files',
  blind:
    'Code that the app downloads when it is built or started; a submodule whose files were committed beside it',
  mend: 'Commit the code itself, or make what is shared a dependency that the manifest declares',
  fixes: {
    javascript: 'git rm lib/shared\nnpm install git+https://git.example.org/shared.git#v1.2.0',
    python:
      'git rm lib/shared\necho "shared @ git+https://git.example.org/shared.git@v1.2.0" >> requirements.txt',
    ruby: "# git rm lib/shared, then in the Gemfile\ngem 'shared', git: 'https://git.example.org/shared.git', tag: 'v1.2.0'",
  },
  judge({ missing }) {
    const evidence = missing.map(({ at }) => at);
    if (!some(evidence))
      return holds('The tree has no submodule, no Git LFS pointer and no other repository');
    const names = few(missing.map(({ kind, name }) => `${name} (${missingWords[kind]})`));
    return broken(
      `${counted(missing.length, 'part of the code is', 'parts of the code are')} not in the commit: ${names}`,
      evidence,
      missing.every(({ kind }) => kind === 'pointer')
        ? 'Take the files out of Git LFS (git lfs untrack) and commit them themselves'
        : undefined,
    );
  },
};

const missingWords = {
  submodule: 'submodule',
  pointer: 'Git LFS pointer',
  nested: 'repository of its own',
} as const;

export const needsNothingOutsideItsFolder: Probe<OutsideFacts> = {
  id: 'codebase/needs-nothing-outside-its-folder',
  statement: 'Needs nothing that lies outside its folder',
  method: 'source',
  why: 'What is shared between apps is a library with a version; a path out of the folder exists on one machine only',
  source,
  how: 'Look where symbolic links, local dependencies and settings of the TypeScript compiler lead',
  blind:
    'Paths that programs put together when they run; local dependencies in manifests other than package.json, pnpm-workspace.yaml, requirements.txt, pyproject.toml, Gemfile and go.mod',
  mend: 'Move what is shared into the folder, or publish it and declare its version',
  fixes: {
    javascript:
      '// package.json: instead of "shared": "file:../shared"\n"dependencies": {\n  "shared": "1.2.0"\n}',
    python: '# requirements.txt: instead of -e ../shared\nshared==1.2.0',
    ruby: "# Gemfile: instead of path: '../shared'\ngem 'shared', '1.2.0'",
  },
  judge({ leaving }) {
    const evidence = leaving.map(({ at }) => at);
    if (!some(evidence)) return holds('No link, dependency or compiler setting leads out of the folder');
    const names = few(leaving.map(({ kind, target }) => `${kind} ${target}`));
    return broken(
      `${counted(leaving.length, 'reference leads', 'references lead')} out of the folder: ${names}`,
      evidence,
    );
  },
};

export const holdsOneApp: Probe<AppsFacts> = {
  id: 'codebase/holds-one-app',
  statement: 'Holds one app',
  method: 'source',
  why: 'Several apps that share one codebase are released together or not at all; the manifesto makes shared code a library',
  source,
  how: 'Count the folders that have a Procfile, or an app.json with processes; tests, examples and documentation left out',
  blind:
    'Apps that declare no processes; what lies above the folder that is checked; a Procfile that is a template for others',
  mend: 'Give each app a codebase of its own, or make them process types of one Procfile',
  fixes: {
    javascript: '# one Procfile for both programs\nweb: node web/server.js\nworker: node worker/main.js',
    python: '# one Procfile for both programs\nweb: gunicorn web.app:app\nworker: python -m worker',
    ruby: '# one Procfile for both programs\nweb: bundle exec puma -C web/puma.rb\nworker: bundle exec ruby worker/main.rb',
  },
  judge({ apps }) {
    const evidence = apps.map(({ at }) => at);
    if (apps.length > 1 && some(evidence))
      return broken(
        `${apps.length} folders declare processes of their own: ${few(apps.map(({ folder }) => folder))}`,
        evidence,
      );
    const [app] = apps;
    return app === undefined
      ? holds('No folder declares processes of its own: the tree is one app')
      : holds(`Processes are declared in one folder: ${app.folder}`, evidence);
  },
};

function counted(number: number, one: string, several: string): string {
  return `${number} ${number === 1 ? one : several}`;
}

function few(names: readonly string[]): string {
  const rest = names.length - 3;
  return rest > 0 ? `${names.slice(0, 3).join(', ')} and ${rest} more` : names.join(', ');
}

export const probes = [
  isTrackedInGit,
  containsAllItsCode,
  needsNothingOutsideItsFolder,
  holdsOneApp,
] as const;
