/** Whether what is committed is all that a build needs. */
import { broken, type Evidence, holds, type Judgement, type Probe, unproven } from '../law.ts';

/** A build of a clean clone, by the builder that the platform would choose. */
export interface CleanBuildFacts {
  /** What was cloned; null: there is no commit, and the files were taken as they lie there. */
  readonly commit: string | null;
  readonly result: BuildSuccess | BuildFailure;
}

export interface BuildSuccess {
  readonly ok: true;
  readonly builder: string;
  readonly tookMs: number;
}

export interface BuildFailure {
  readonly ok: false;
  /** Of the error, e.g. `BUILD_FAILED`. */
  readonly code: string;
  readonly message: string;
  /** What the builder says to do; null: nothing. */
  readonly hint: string | null;
  /** What the build printed last, oldest first. */
  readonly lastLines: readonly string[];
  readonly atMs: number;
}

export const buildsFromACleanClone: Probe<CleanBuildFacts> = {
  id: 'codebase/builds-from-a-clean-clone',
  statement: 'Builds from a clean clone of its commit',
  method: 'run',
  why: 'The commit is the app. A build that needs a file of somebody’s laptop cannot be made by anybody else, nor again.',
  source: 'https://12factor.net/codebase',
  how: 'The tree of the commit is extracted into an empty folder and built there, with an empty home and no variables but the build’s own.',
  blind:
    'A build that leaves something out without failing, because a file is missing that it takes where it finds it, still ends well. Packages come from a cache where they can.',
  mend: 'Commit what the build reads, or make it in the build, and take it out of .gitignore',
  fixes: {
    javascript:
      '// package.json: what is not committed is made in the build\n"scripts": {\n  "build": "node make-schema.js && tsc"\n}',
    python:
      '# build.py: what is not committed is made in the build\nfrom pathlib import Path\nPath("schema.json").write_text(make_schema())',
    ruby: '# Rakefile: what is not committed is made in the build\ntask "assets:precompile" do\n  File.write("schema.json", make_schema)\nend',
  },
  judge: ({ commit, result }) => {
    if (!result.ok) return judgeFailure(result);
    const { builder, tookMs } = result;
    if (commit === null)
      return unproven(
        'It builds, but from the files as they lie there: there is no commit to clone',
        'git add --all && git commit',
      );
    return holds(
      `Commit ${commit.slice(0, 12)} was built by the ${builder} builder in ${(tookMs / 1000).toFixed(1)} s, from its tree alone`,
    );
  },
};

function judgeFailure(failure: BuildFailure): Judgement {
  const { code, message, lastLines } = failure;
  if (saysNotHowItIsRun.test(code))
    return unproven(`Nothing was built: ${message}`, 'In the Procfile: web: COMMAND');
  if (isOfTheMachine.has(code) || cannotReachPackages(failure))
    return unproven(
      `The build could not be made here: ${message}${distrusts(failure) ? ', for the registry shows a certificate that is not trusted' : ''}`,
      distrusts(failure) ? trustLine : 'Check again where packages and disk are',
    );
  const why =
    lastLines.find((line) => /\w*error\b.*:/i.test(line)) ??
    lastLines.findLast((line) => /not found$|\bENOENT\b|No such file/.test(line)) ??
    lastLines.at(-1);
  return broken(
    why === undefined ? message : `${message}: ${why.trim().slice(0, 200)}`,
    [evidenceOf(failure)],
    mendOf(failure),
  );
}

/** Undefined: a file is missing, which is what the probe itself speaks of. */
function mendOf({ code, hint, lastLines }: BuildFailure): string | undefined {
  if (code !== 'BUILD_FAILED') return hint ?? undefined;
  if (lastLines.some((line) => programMissing.test(line)))
    return 'Declare the program that is not found among the dependencies, and lock its version';
  if (lastLines.some((line) => fileMissing.test(line))) return undefined;
  return 'Build a clean clone of the commit, mend what its last lines say, and commit that';
}

/** What has a slash in it is a file of the app. */
const programMissing = /: [^\s/]+: (?:command )?not found$|\bspawn(?:Sync)? [^\s/]+ ENOENT\b/;
const fileMissing = /\bENOENT\b|No such file|: not found$|Cannot find module '[./]/;

function evidenceOf({ code, message, lastLines, atMs }: BuildFailure): Evidence {
  const bytes = lastLines.length === 0 ? {} : { bytes: lastLines.join('\n') };
  return { kind: 'event', process: 'build', atMs, what: `ended with ${code}: ${message}`, ...bytes };
}

/** What build-release-run/declares-how-it-is-run is for. */
const saysNotHowItIsRun = /^(PROCFILE_\w+|BUILDER_UNKNOWN)$/;

const isOfTheMachine: ReadonlySet<string> = new Set([
  'DISK_FULL',
  'RUNTIME_UNAVAILABLE',
  'RUNTIME_CORRUPT',
  'RUNTIME_UNWRITTEN',
  'BUILD_SETTING_INVALID',
  'TOOL_MISSING',
]);

/** A network with certificates of its own; docs/builds.md names the settings. */
function distrusts({ lastLines }: BuildFailure): boolean {
  return lastLines.some((line) => untrusted.test(line));
}

const untrusted =
  /\b(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(_LOCALLY)?))\b/;
const trustLine = 'NODE_EXTRA_CA_CERTS=/FILE/OF/ITS/CERTIFICATES.pem dozen check';

/** The app's own scripts have no network by design; package managers do. */
function cannotReachPackages({ code, message, lastLines }: BuildFailure): boolean {
  const installs = /"(npm ci|pnpm install|yarn (install|workspaces))\b/.test(message);
  const unreached =
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|\w+_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)\b/;
  return code === 'BUILD_FAILED' && installs && lastLines.some((line) => unreached.test(line));
}
