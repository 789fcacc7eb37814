/** `dozen check`: asks the prover, and shows what it found. */
import path from 'node:path';
import { paint } from '../../api/paint.ts';
import { asDozenError, userError } from '../../base/error.ts';
import { type Factor, factors, worstOf } from '../../factors/law.ts';
import { probes } from '../../factors/probes.ts';
import type { Check, Plan } from '../../prover/check.ts';
import { explain } from '../../prover/report/explain.ts';
import { countOf, shortCommit, words } from '../../prover/report/look.ts';
import { probesNear } from '../../prover/report/near-probes.ts';
import { placeOf } from '../../prover/report/place.ts';
import { type Progress, showProgress } from '../../prover/report/progress.ts';
import { type Format, formats, render } from '../../prover/report/render.ts';
import type { Report } from '../../prover/report/report.ts';
import { visible } from '../../prover/report/visible.ts';
import type { Doors } from '../command.ts';
import { confirm } from '../confirm.ts';
import { command, type Given, usage } from '../spec.ts';
import { type Stopping, stopOnSignals } from '../stop-signals.ts';
import { readingWidth } from '../wrap.ts';
import { createFile, replaceFile, tryFolderOf } from '../written-file.ts';

const options = {
  factor: {
    type: 'string',
    multiple: true,
    value: 'FACTORS',
    help: 'only these, with commas between; may be given again',
  },
  static: { type: 'boolean', help: 'read the source alone: nothing is built or run' },
  format: { type: 'string', value: 'FORMAT', help: `${formats.join(', ')} (default: terminal)` },
  out: { type: 'string', value: 'FILE', help: 'write the report there, and a line about it here' },
  scenario: { type: 'string', value: 'FILE', help: 'what the app does (default: its dozen.check.yaml)' },
  'fail-on': {
    type: 'string',
    value: 'VERDICT',
    help: 'broken (default), or unproven: exit code 3 when something is',
  },
  timeout: { type: 'string', value: 'SECONDS', help: 'for the whole check (default: 600)' },
  evidence: { type: 'boolean', help: 'show every finding with all its evidence' },
  yes: { type: 'boolean', short: 'y', help: 'run the code without asking' },
  explain: { type: 'string', value: 'PROBE', help: 'tell what a probe means, and how to mend what it finds' },
  init: { type: 'boolean', help: 'draft dozen.check.yaml by looking at the app' },
} as const;

export const check = command({
  name: 'check',
  summary: 'proves what an app keeps of the twelve factors, by running it',
  takes: '[path]',
  max: 1,
  options,
  details: `Builds the commit that the folder is at, runs it between walls with services of its own, and judges what it sees. It says what it will run and
asks before. Exit codes: 0 nothing is broken, 2 something is, 3 something is unproven (with --fail-on unproven), 1 it could not be checked.`,
  examples: [
    ['dozen check', 'the app in this folder'],
    ['dozen check shop --factor logs,config', 'two factors of another'],
    ['dozen check --static', 'without a run'],
    ['dozen check --yes --format sarif --out check.sarif', 'in CI, for a code scanner'],
    ['dozen check --init', 'say what the app does'],
  ],
  async run(given, doors) {
    if (given.options.explain !== null) return explainProbe(given.options.explain);
    const wish = readWish(given);
    return given.options.init ? draft(wish, doors) : prove(wish, doors);
  },
});

interface Wish {
  readonly folder: string;
  readonly factors: readonly Factor[] | null;
  readonly static: boolean;
  readonly format: Format;
  readonly out: string | null;
  readonly scenarioFile: string | null;
  readonly failOn: 'broken' | 'unproven';
  readonly timeoutMs: number;
  readonly evidence: boolean;
  readonly yes: boolean;
}

async function prove(wish: Wish, doors: Doors): Promise<number> {
  if (wish.out !== null) await tryFolderOf(wish.out);
  const check = await doors.check();
  const stopping = stopOnSignals();
  try {
    const report = await watched(check, { wish, stopping });
    if (report === null) return stopped(stopping);
    await show(report, wish);
    if (report.failure !== null) throw asError(report.failure);
    return exitCodeFor(report, wish);
  } finally {
    stopping.release();
  }
}

/** Told once more as errors are: it stands at the end, and what to type next with it. */
function asError({ code, message, hint }: NonNullable<Report['failure']>): Error {
  return userError(code, message, hint === null ? {} : { hint });
}

interface Watch {
  readonly wish: Wish;
  readonly stopping: Stopping;
}

/** Null: it was stopped, and nothing of it is left. */
async function watched(check: Check, { wish, stopping }: Watch): Promise<Report | null> {
  const { stderr } = process;
  const colour = coloured(stderr);
  const progress = showProgress({ out: stderr, colour, now: () => performance.now() });
  const consent = consentOf({ wish, stopping, progress });
  const { folder, factors, scenarioFile, timeoutMs } = wish;
  try {
    const report = await check({
      folder,
      factors,
      static: wish.static,
      scenarioFile,
      timeoutMs,
      signal: stopping.signal,
      onEvent: (event) => progress.event(event),
      confirm: consent.ask,
    });
    return stopping.signal.aborted ? null : report;
  } catch (error) {
    if (stopping.signal.aborted && isStop(error, stopping.signal)) return null;
    throw consent.refusal() ?? error;
  } finally {
    progress.stop();
  }
}

interface Consent {
  readonly ask: (plan: Plan) => Promise<boolean>;
  /** Why nothing was run where nobody could be asked. */
  refusal(): Error | null;
}

function consentOf({ wish, stopping, progress }: Watch & { readonly progress: Progress }): Consent {
  let refusal: Error | null = null;
  return {
    refusal: () => refusal,
    async ask(plan) {
      const resume = progress.pause();
      process.stderr.write(planText(plan));
      try {
        const typed = wish.yes ? 'y' : await confirm('Run it? [y/N] ', { signal: stopping.signal });
        if (typed === null) refusal = notConfirmed(wish);
        return typed !== null && /^y(es)?$/i.test(typed);
      } catch (error) {
        if ((error as Error).name !== 'AbortError') throw error;
        stopping.stop('SIGINT');
        return false;
      } finally {
        resume();
      }
    },
  };
}

function planText({ subject, commit, commands }: Plan): string {
  const heading = `This will be run of ${visible(subject)} (${shortCommit(commit)}):`;
  const lines = commands.map((line) => `  ${visible(line)}`);
  return `${[paint(process.stderr, 'bold', heading), ...lines].join('\n')}\n`;
}

function notConfirmed({ folder }: Wish): Error {
  return userError(
    'CHECK_NOT_CONFIRMED',
    `Cannot check ${JSON.stringify(folder)}: its code is run, and here is no terminal to ask on`,
    { hint: 'dozen check --yes, when you trust the code; dozen check --static runs nothing' },
  );
}

/** Whether it was thrown because of the abort; anything else went wrong while it stopped. */
function isStop(error: unknown, signal: AbortSignal): boolean {
  if (error === signal.reason) return true;
  if (!(error instanceof Error)) return false;
  const { name, cause } = error;
  return name === 'AbortError' || asDozenError(error).code === 'CHECK_REFUSED' || isStop(cause, signal);
}

function stopped(stopping: Stopping): number {
  process.stderr.write('Stopped: nothing of the check is left running\n');
  return stopping.exitCode() ?? 1;
}

async function show(report: Report, { folder, format, out, evidence }: Wish): Promise<void> {
  const { stdout, stderr } = process;
  const text = render(report, {
    format,
    definitions: probes,
    width: out === null ? readingWidth(stdout) : 100,
    colour: out === null && coloured(stdout),
    evidence,
    place: placeOf(folder),
  });
  if (out === null) {
    stdout.write(text);
    return;
  }
  await replaceFile(out, text);
  stderr.write(`${visible(out)}: ${words[verdictOf(report)]} (${countOf(findingsOf(report))})\n`);
}

function findingsOf({ rows }: Report): Report['rows'][number]['findings'] {
  return rows.flatMap(({ findings }) => findings);
}

function verdictOf({ rows }: Report): ReturnType<typeof worstOf> {
  return worstOf(rows.map(({ verdict }) => verdict));
}

function exitCodeFor(report: Report, { failOn }: Wish): number {
  const verdict = verdictOf(report);
  if (verdict === 'broken') return 2;
  return verdict === 'unproven' && failOn === 'unproven' ? 3 : 0;
}

async function draft({ folder }: Wish, doors: Doors): Promise<number> {
  const file = path.join(folder, 'dozen.check.yaml');
  const text = await (await doors.draftScenario())(folder);
  if (!(await createFile(file, text)))
    throw userError('SCENARIO_EXISTS', `Cannot draft ${JSON.stringify(file)}: it is there already`, {
      hint: 'Edit it, or remove it first',
    });
  process.stdout.write(`${visible(file)}\n`);
  process.stderr.write('Next: say in it what is missing, commit it, then dozen check\n');
  return 0;
}

function explainProbe(id: string): number {
  const definition = probes.find((probe) => probe.id === id || probe.id.endsWith(`/${id}`));
  if (definition === undefined) throw unknownProbe(id);
  const { stdout } = process;
  stdout.write(explain(definition, { width: readingWidth(stdout), colour: coloured(stdout) }));
  return 0;
}

function unknownProbe(id: string): Error {
  const near = probesNear(
    id,
    probes.map((probe) => probe.id),
  );
  const commands = near.map((probe) => `dozen check --explain ${probe}`);
  return userError(
    'PROBE_UNKNOWN',
    `Cannot explain ${JSON.stringify(id.slice(0, 80))}: there is no such probe`,
    {
      hint:
        near.length > 0
          ? commands.join(`\n${' '.repeat('  Next: '.length)}`)
          : `dozen check --explain FACTOR shows its probes: ${factors.join(', ')}`,
    },
  );
}

function coloured(out: { readonly isTTY?: boolean }): boolean {
  return paint(out, 'bold', '') !== '';
}

function readWish({ words, json, options: given }: Given<typeof options>): Wish {
  return {
    folder: path.resolve(words[0] ?? '.'),
    factors: readFactors(given.factor),
    static: given.static,
    format: readFormat(given.format, json),
    out: resolved(given.out),
    scenarioFile: resolved(given.scenario),
    failOn: oneOf('fail-on', given['fail-on'] ?? 'broken', ['broken', 'unproven']),
    timeoutMs: readSeconds(given.timeout ?? '600') * 1000,
    evidence: given.evidence,
    yes: given.yes,
  };
}

function readFactors(given: readonly string[]): readonly Factor[] | null {
  if (given.length === 0) return null;
  const asked = new Set(
    given.flatMap((list) => list.split(',')).map((factor) => oneOf('factor', factor.trim(), factors)),
  );
  return factors.filter((factor) => asked.has(factor));
}

function readFormat(given: string | null, json: boolean): Format {
  if (!json) return oneOf('format', given ?? 'terminal', formats);
  if (given === null || given === 'json') return 'json';
  throw usage({ name: 'check' }, `--json and --format ${given.slice(0, 20)} are two formats`);
}

function oneOf<const T extends string>(option: string, given: string, known: readonly T[]): T {
  const found = known.find((one) => one === given);
  if (found !== undefined) return found;
  throw usage(
    { name: 'check' },
    `--${option} ${JSON.stringify(given.slice(0, 40))} is none of ${known.join(', ')}`,
  );
}

function readSeconds(given: string): number {
  const seconds = Number(given);
  if (/^\d{1,5}$/.test(given) && seconds > 0) return seconds;
  throw usage({ name: 'check' }, `--timeout ${JSON.stringify(given.slice(0, 20))} is no number of seconds`);
}

function resolved(file: string | null): string | null {
  return file === null ? null : path.resolve(file);
}
