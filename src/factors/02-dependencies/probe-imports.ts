import { broken, type Evidence, holds, type Probe, some, unproven } from '../law.ts';

export interface ImportFacts {
  readonly undeclared: readonly FoundImport[];
  /** Of packages that only development installs. */
  readonly development: readonly FoundImport[];
  /** Code of the app that was not read. */
  readonly unread: readonly string[];
}

export interface FoundImport {
  readonly package: string;
  readonly evidence: Evidence;
}

export const importsOnlyWhatItDeclares: Probe<ImportFacts> = {
  id: 'dependencies/imports-only-what-it-declares',
  statement: 'Imports only packages that its manifest declares',
  method: 'source',
  why: 'A package that happens to be on one machine is missing on the next, or is there in another version',
  source: 'https://12factor.net/dependencies',
  how: 'Parse the code, list what it imports, and look for each package in package.json',
  blind:
    'It reads JavaScript and TypeScript. It does not see an import whose name is made at run time, one written with escapes in its ' +
    'keyword, or one of code in Vue or Svelte files. A package that a bundler is taken to put into the build may stand in ' +
    'devDependencies; where the file is not bundled after all, that is not noticed. In TypeScript an import that is used as a ' +
    'type alone counts as left out by the compiler. A package that a workspace above the app’s folder declares counts as undeclared',
  mend: 'Declare the package among the dependencies and commit the lockfile',
  fixes: {
    javascript: 'npm install --save pg\ngit add package.json package-lock.json',
    python: '# pyproject.toml\n[project]\ndependencies = ["psycopg>=3.2"]',
    ruby: "# Gemfile\ngem 'pg', '~> 1.5'",
  },
  judge: ({ undeclared, development, unread }) => {
    if (some(undeclared))
      return broken(`${packages(undeclared)} imported and not declared`, evidenceOf(undeclared));
    if (some(development)) {
      return broken(
        `${packages(development)} imported by the app and declared for development only, which production leaves out`,
        evidenceOf(development),
        'Move the package from devDependencies to dependencies, and commit the lockfile',
      );
    }
    if (some(unread))
      return unproven(`The app's code was not read in full: ${unread.slice(0, 3).join('; ')}`);
    return holds("All packages that the app's code imports are declared");
  },
};

function packages(found: readonly FoundImport[]): string {
  const names = [...new Set(found.map((one) => one.package))];
  const shown = names.slice(0, 5).join(', ');
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return `${shown}${more} ${names.length === 1 ? 'is' : 'are'}`;
}

function evidenceOf(found: readonly [FoundImport, ...FoundImport[]]): [Evidence, ...Evidence[]] {
  const [first, ...rest] = found;
  return [first.evidence, ...rest.slice(0, 19).map(({ evidence }) => evidence)];
}
