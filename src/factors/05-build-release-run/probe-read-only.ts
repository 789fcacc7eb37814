/** Whether an app leaves the code that it runs from as it was built. */
import { broken, type Evidence, holds, type Probe, some, unproven } from '../law.ts';

/** Every process type once, with code that cannot be written to, and the requests of the scenario. */
export interface ReadOnlyFacts {
  readonly processes: readonly ReadOnlyProcess[];
  readonly exchanges: readonly ReadOnlyExchange[];
  /** Files and folders below `/app` that were asked for to be written or made, and refused. */
  readonly refused: readonly RefusedWrite[];
}

export interface ReadOnlyProcess {
  readonly name: string;
  /** Why it never became ready; null when it did. */
  readonly failure: string | null;
  /** Whether it becomes ready where the code can be written to. */
  readonly upOtherwise: boolean;
  /** What it printed last, oldest first. */
  readonly lastLines: readonly string[];
  readonly atMs: number;
}

export interface ReadOnlyExchange {
  readonly process: string;
  /** `POST /entries` */
  readonly request: string;
  /** `answered 500`, `gave no answer: ECONNRESET`. */
  readonly result: string;
  readonly asExpected: boolean;
  /** The same where the code can be written to; null: it was not asked. */
  readonly asExpectedOtherwise: boolean | null;
  readonly atMs: number;
}

export interface RefusedWrite {
  readonly process: string;
  readonly what: 'file' | 'folder';
  readonly path: string;
  readonly atMs: number;
}

export const runsFromReadOnlyCode: Probe<ReadOnlyFacts> = {
  id: 'build-release-run/runs-from-read-only-code',
  statement: 'Runs from code that cannot be written to',
  method: 'run',
  why: 'Code that changes while it runs is no release any more: the change is in no build, and gone with the process.',
  source: 'https://12factor.net/build-release-run',
  how: 'Every process type is started with its code mounted read-only, and asked what the scenario asks. Where the same works with code that can be written to, and does not here, it needs to write.',
  blind: 'A write that only another request causes is not seen. What is not in the scenario is not asked.',
  mend: 'Write in the build what is part of the app, in a backing service what is to last, and below /tmp what no later request needs',
  fixes: {
    javascript:
      "import { mkdtemp } from 'node:fs/promises';\nimport { tmpdir } from 'node:os';\nimport { join } from 'node:path';\nconst scratch = await mkdtemp(join(tmpdir(), 'app-'));",
    python: 'import tempfile\nscratch = tempfile.mkdtemp(prefix="app-")',
    ruby: 'require "tmpdir"\nscratch = Dir.mktmpdir("app-")',
  },
  judge: ({ processes, exchanges, refused }) => {
    const down = processes.filter(({ failure, upOtherwise }) => failure !== null && upOtherwise);
    const wrong = exchanges.filter((each) => !each.asExpected && each.asExpectedOtherwise === true);
    const shown = [
      ...down.map(failedStart),
      ...wrong.map(wrongAnswer),
      ...refused.slice(0, 10).map(refusal),
    ].sort(byTime);
    const because = [
      ...down.map(
        (each) => `${each.name} does not come up where its code is read-only: ${whyOf(each, refused)}`,
      ),
      ...wrong.map((each) => sentenceOfAnswer(each, refused)),
    ][0];
    if (because !== undefined && some(shown)) return broken(because, shown);
    const up = processes.filter(({ failure }) => failure === null);
    const never = processes.find(({ failure }) => failure !== null);
    if (never !== undefined)
      return unproven(
        `${never.name} does not come up, whether its code can be written to or not: ${never.failure}`,
      );
    const asked = exchanges.length === 0 ? '' : ` and answered ${count(exchanges.length, 'request')}`;
    const harmless =
      refused.length === 0 ? '' : `; nothing came of ${count(refused.length, 'refused write')}`;
    return holds(
      `${up.map(({ name }) => name).join(', ')} ran${asked} with code that cannot be written to${harmless}`,
      refused.slice(0, 10).map(refusal),
    );
  },
};

/** The last that it was refused says more than the last line it printed. */
function whyOf({ name, failure, atMs }: ReadOnlyProcess, refused: readonly RefusedWrite[]): string {
  const last = lastRefusal(refused, { process: name, atMs });
  return last === undefined ? `${failure}` : `it tried to ${triedOf(last)}`;
}

function sentenceOfAnswer(
  { process, request, result, atMs }: ReadOnlyExchange,
  refused: readonly RefusedWrite[],
): string {
  const last = lastRefusal(refused, { process, atMs });
  const why = last === undefined ? '' : `: ${process} tried to ${triedOf(last)}`;
  return `${request} ${result} where the code is read-only${why}`;
}

/** Before a moment. What npm keeps of its own runs is not the app's. */
function lastRefusal(
  refused: readonly RefusedWrite[],
  { process, atMs }: { readonly process: string; readonly atMs: number },
): RefusedWrite | undefined {
  return refused.findLast(
    (each) => each.process === process && each.atMs <= atMs && !/^\/app\/\.npm(\/|$)/.test(each.path),
  );
}

const triedOf = ({ what, path }: RefusedWrite): string =>
  what === 'folder' ? `make the folder ${path}` : `write ${path}`;

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function failedStart({ name, failure, lastLines, atMs }: ReadOnlyProcess): Evidence {
  return event(name, atMs, `did not come up: ${failure}`, lastLines.join('\n'));
}

function wrongAnswer({ process, request, result, atMs }: ReadOnlyExchange): Evidence {
  return event(process, atMs, `${result} to ${request}`);
}

function refusal(refused: RefusedWrite): Evidence {
  return event(refused.process, refused.atMs, `was refused to ${triedOf(refused)}`);
}

function byTime(a: Evidence, b: Evidence): number {
  return a.kind === 'event' && b.kind === 'event' ? a.atMs - b.atMs : 0;
}

function event(process: string, atMs: number, what: string, bytes = ''): Evidence {
  return { kind: 'event', process, atMs, what, ...(bytes === '' ? {} : { bytes }) };
}
