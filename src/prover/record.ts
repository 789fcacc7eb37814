/** The record of one check: what was found, when, and how long it took. */
import path from 'node:path';
import type { DozenError } from '../base/error.ts';
import { type Finding, factorOf, factors, verdictOf } from '../factors/law.ts';
import type { CheckEvent, CheckRequest } from './check.ts';
import { type Experiment, unprovenAll } from './experiment.ts';
import { experiments } from './experiments.ts';
import { capitalized, codeFolder, withoutFolders, withoutLogFrame } from './headline.ts';
import { notesOf } from './notes.ts';
import type { Report, Timing } from './report/report.ts';
import type { KnownApp } from './scenario/known-app.ts';
import { proveLinesFor } from './scenario/prove-lines.ts';
import type { AcceptedFinding } from './scenario/scenario.ts';
import type { Subject } from './subject.ts';

export class Record {
  readonly beganAt = Date.now();
  readonly #request: CheckRequest;
  readonly #work: string;
  readonly #findings = new Map<string, Finding>();
  readonly #timings: Timing[] = [];
  readonly #notes: string[] = [];
  #accepted: ReadonlyMap<string, AcceptedFinding> = new Map();
  #stage: { readonly what: string; readonly atMs: number } | null = null;

  /** @param work where the check has its own files */
  constructor(request: CheckRequest, work: string) {
    this.#request = request;
    this.#work = work;
  }

  /** Milliseconds since the check began. */
  readonly now = (): number => Date.now() - this.beganAt;

  stage(what: string): void {
    this.#endStage();
    this.#stage = { what, atMs: this.now() };
    this.#request.onEvent({ kind: 'stage', what, atMs: this.now() });
  }

  /** Makes an experiment in this process, and tells when it begins and ends. One that fails proves nothing, and ends no other. */
  async carryOut(
    experiment: Experiment,
    { run, signal }: { readonly run: () => Promise<readonly Finding[]>; readonly signal: AbortSignal },
  ): Promise<void> {
    const { factor, name } = experiment;
    const begun = this.now();
    this.hear({ kind: 'begins', factor, experiment: name, atMs: begun });
    const findings = await run().catch((error: unknown) => {
      signal.throwIfAborted();
      const message = error instanceof Error ? error.message : String(error);
      this.note(`The experiment "${name}" failed, which is a fault of Dozen's: ${message}`);
      return unprovenAll(experiment, `the experiment itself failed: ${message}`);
    });
    const atMs = this.now();
    this.hear({ kind: 'ends', factor, experiment: name, atMs, tookMs: atMs - begun, findings });
  }

  /** From here on; what is not accepted any more is left out. */
  accept(all: readonly AcceptedFinding[]): void {
    const valid = all.filter(({ until }) => until >= this.#today);
    this.#accepted = new Map(valid.map((each) => [each.probe, each]));
  }

  hear(event: CheckEvent): void {
    if (event.kind === 'ends') {
      for (const finding of event.findings) this.#keep(finding);
      this.#timings.push({ what: `${event.factor}: ${event.experiment}`, ms: event.tookMs });
    }
    this.#request.onEvent(
      event.kind === 'ends'
        ? { ...event, findings: event.findings.map((finding) => this.#weighed(finding)) }
        : event,
    );
  }

  /** Leaves what was found already. */
  skip(list: readonly Experiment[], why: string): void {
    for (const finding of list.flatMap((experiment) => unprovenAll(experiment, why)))
      if (!this.#findings.has(finding.probe)) this.#keep(finding);
  }

  note(text: string): void {
    this.#notes.push(text);
  }

  /** Whether something is unproven, and lines of a scenario would prove it. */
  get asksForLines(): boolean {
    return [...this.#findings.values()].some(({ prove }) => prove !== undefined);
  }

  report({ subject, failure, dozen, known }: Reporting): Report {
    this.#endStage();
    const order = experiments.flatMap((experiment) => experiment.probes.map(({ id }) => id as string));
    const findings = [...this.#findings.values()]
      .sort((a, b) => order.indexOf(a.probe) - order.indexOf(b.probe))
      .map((finding) => this.#weighed(finding))
      .map((finding) => withOwnLines(finding, known));
    return {
      format: 1,
      dozen,
      subject: this.#request.folder,
      commit: subject.commit?.id ?? null,
      startedAt: this.beganAt,
      tookMs: this.now(),
      static: this.#request.static,
      rows: factors
        .filter((factor) => this.#request.factors === null || this.#request.factors.includes(factor))
        .map((factor) => {
          const own = findings.filter(({ probe }) => factorOf(probe) === factor);
          // Nobody looked: that is no verdict.
          return { factor, verdict: own.length === 0 ? 'unproven' : verdictOf(own), findings: own };
        }),
      timings: this.#timings,
      notes: [
        ...(failure === null ? [] : [`${failure.message}, so nothing of the app was run`]),
        ...this.#notes,
        ...notesOf(subject, this.#today),
      ],
      failure:
        failure === null
          ? null
          : { code: failure.code, message: failure.message, hint: failure.hint ?? null },
    };
  }

  get #today(): string {
    return new Date(this.beganAt).toISOString().slice(0, 10);
  }

  #weighed(finding: Finding): Finding {
    return withAcceptance(finding, this.#accepted.get(finding.probe));
  }

  #keep(finding: Finding): void {
    this.#findings.set(finding.probe, inOwnWords(finding, this.#work));
  }

  #endStage(): void {
    if (this.#stage !== null)
      this.#timings.push({ what: this.#stage.what, ms: this.now() - this.#stage.atMs });
    this.#stage = null;
  }
}

interface Reporting {
  readonly subject: Subject;
  readonly failure: DozenError | null;
  /** Its version. */
  readonly dozen: string;
  readonly known: KnownApp;
}

/** In words of the app's people. Evidence has what was seen, and of that nothing that only this check could see. */
function inOwnWords(finding: Finding, work: string): Finding {
  const ofCheck = [path.join(work, 'tree'), work];
  const shown = (text: string): string => withoutFolders(text, ofCheck);
  return {
    ...finding,
    because: capitalized(withoutLogFrame(withoutFolders(finding.because, [...ofCheck, codeFolder]))),
    evidence: finding.evidence.map((each) =>
      each.kind === 'source'
        ? each
        : {
            ...each,
            what: shown(each.what),
            ...(each.bytes === undefined ? {} : { bytes: shown(each.bytes) }),
          },
    ),
  };
}

function withOwnLines(finding: Finding, known: KnownApp): Finding {
  return finding.prove === undefined ? finding : { ...finding, prove: proveLinesFor(known, finding.prove) };
}

function withAcceptance(finding: Finding, accepted: AcceptedFinding | undefined): Finding {
  if (accepted === undefined || finding.outcome !== 'broken') return finding;
  return { ...finding, accepted: { reason: accepted.reason, until: accepted.until } };
}
