/** Whether starting an app is only that. */
import { broken, type Evidence, holds, type Probe, some, unproven } from '../law.ts';
import { buildWorkOf } from './probe-build-work.ts';

/** What happened from the start of every process type until it was ready. */
export interface StartFacts {
  /** Those that became ready. */
  readonly ready: readonly string[];
  /** Why one did not; null: all did. */
  readonly failure: string | null;
  readonly started: readonly ProgramStart[];
  /** Files that were opened to be written. */
  readonly written: readonly FileWrite[];
}

export interface ProgramStart {
  readonly process: string;
  readonly argv: readonly string[];
  readonly atMs: number;
}

export interface FileWrite {
  readonly process: string;
  /** Absolute. */
  readonly path: string;
  readonly atMs: number;
}

export const buildsNothingAtStart: Probe<StartFacts> = {
  id: 'build-release-run/builds-nothing-at-start',
  statement: 'Installs, compiles and fetches nothing when it starts',
  method: 'run',
  why: 'What is made at start is in no build: it is made again by every process, late, and may fail or differ in each.',
  source: 'https://12factor.net/build-release-run',
  how: 'Every process type is started with its system calls recorded. Package managers, compilers and bundlers that run, and files that are written where builds write, until it is ready, are build work.',
  blind:
    'Code that is translated in memory as it is loaded is not seen, nor a tool under a name that the prover does not know, nor files that are compiled into another folder by the app itself.',
  mend: 'Do it in the build script, and start what it has made',
  fixes: {
    javascript: '// package.json\n"scripts": {\n  "build": "vite build",\n  "start": "node server.js"\n}',
    python:
      '# the build installs and collects; the Procfile starts\nweb: gunicorn app:app --bind 0.0.0.0:$PORT',
    ruby: '# assets:precompile belongs to the build; the Procfile starts\nweb: bundle exec puma -p $PORT',
  },
  judge: ({ ready, failure, started, written }) => {
    const tools = started.flatMap(({ process, argv, atMs }) => {
      const work = buildWorkOf(argv);
      return work === null ? [] : [{ work, at: event(process, atMs, `started ${work}`, commandOf(argv)) }];
    });
    const files = written.filter(({ path }) => isBuildOutput(path));
    const evidence = [
      ...tools.slice(0, 10).map(({ at }) => at),
      ...files.slice(0, 10).map(({ process, path, atMs }) => event(process, atMs, `wrote ${path}`)),
    ].sort((a, b) => a.atMs - b.atMs);
    if (some(evidence)) {
      const [tool] = tools;
      return broken(
        tool === undefined
          ? `It writes ${files[0]?.path} when it starts, which is for the build to make`
          : `It runs ${tool.work} when it starts`,
        evidence,
        tools.length > 0 && tools.every(({ work }) => /^(?:git|curl|wget)\b/.test(work))
          ? 'Make what is fetched a dependency that the build installs, or ask a backing service for it when it is needed'
          : undefined,
      );
    }
    if (failure !== null) return unproven(`Not every process came up: ${failure}`);
    return holds(
      `${ready.join(', ')} became ready, and none of the programs they started (${started.length}) builds or installs`,
    );
  },
};

/** Where builds write; what a program keeps there to be faster next time is not built. */
function isBuildOutput(path: string): boolean {
  return (
    /^\/app\/(node_modules|dist|build|out|target|_build|\.next|\.nuxt|\.output|\.svelte-kit|public\/(build|assets|packs))\//.test(
      path,
    ) && !/\/(\.cache|cache)\/|\.(log|pid)$/.test(path)
  );
}

function commandOf(argv: readonly string[]): string {
  return argv.join(' ').slice(0, 500);
}

function event(
  process: string,
  atMs: number,
  what: string,
  bytes?: string,
): Evidence & { readonly kind: 'event' } {
  return { kind: 'event', process, atMs, what, ...(bytes === undefined ? {} : { bytes }) };
}
