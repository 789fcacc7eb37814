/** How a report is to be shown, and what those who show it share. */
import type { Evidence, Finding, Outcome, ProbeDefinition, ProbeId } from '../../factors/law.ts';
import type { Report } from './report.ts';
import { clip, visible, visibleLines } from './visible.ts';

export interface Look {
  /** Of all probes. A finding of a probe that is not among them is shown by its id. */
  readonly definitions: readonly ProbeDefinition[];
  /** In columns, for a terminal. */
  readonly width: number;
  readonly colour: boolean;
  /** Whether every finding is shown with every piece of its evidence. */
  readonly evidence: boolean;
  /** Where the app lies, for SARIF. */
  readonly place: Place;
}

export interface Place {
  /** The app's folder relative to its repository's root, with `/` and none at the end; `''` for the root itself. */
  readonly prefix: string;
  /** A file of the app that says what is run, relative to its folder: where findings are shown that no line of source shows. */
  readonly anchor: string | null;
}

export const words: Readonly<Record<Outcome, string>> = {
  holds: 'holds',
  broken: 'broken',
  unproven: 'unproven',
  'not-applicable': 'not applicable',
};

export type StatementOf = (probe: ProbeId) => string;

export function statements({ definitions }: Pick<Look, 'definitions'>): StatementOf {
  const known = new Map(definitions.map(({ id, statement }) => [id, statement]));
  return (probe) => visible(known.get(probe) ?? probe);
}

/** The sort of a finding: an accepted one is neither broken nor anything else. */
export function sortOf({ accepted, outcome }: Finding): Outcome | 'accepted' {
  return accepted === undefined ? outcome : 'accepted';
}

export function findingsOf(report: Report, sort: Outcome | 'accepted'): readonly Finding[] {
  return report.rows.flatMap(({ findings }) => findings.filter((finding) => sortOf(finding) === sort));
}

/** `2 hold, 1 broken, 1 accepted`: what there is, the worst first. */
export function countOf(findings: readonly Finding[]): string {
  const sorts = ['broken', 'unproven', 'holds', 'accepted', 'not-applicable'] as const;
  const parts = sorts.flatMap((sort) => {
    const count = findings.filter((finding) => sortOf(finding) === sort).length;
    return count === 0
      ? []
      : [`${count} ${sort === 'not-applicable' ? 'not applicable' : plural(sort, count)}`];
  });
  return parts.length === 0 ? 'was not looked at' : parts.join(', ');
}

function plural(sort: Exclude<Outcome, 'not-applicable'> | 'accepted', count: number): string {
  if (sort !== 'holds') return sort;
  return count === 1 ? 'holds' : 'hold';
}

/** A sentence of a report, with what an app may have put into it. */
export function sentence(text: string): string {
  return visible(text.replaceAll(/\s*\n\s*/g, ' ').trim());
}

const mostBytes = 400;

/** A piece of evidence on one line, e.g. `server.js:3  …` or `1.204 s  web.1  …`. */
export function evidenceLine(evidence: Evidence): string {
  const { where, what } = placed(evidence);
  const bytes = bytesOf(evidence);
  return `${where}  ${what}${bytes === undefined ? '' : `  ${quoted(bytes)}`}`;
}

export interface EvidenceParts {
  readonly where: string;
  readonly what: string;
  /** In quotes and cut; null: there are none, or they are lines of output. */
  readonly bytes: string | null;
  /** Lines that it printed, behind a bar each. */
  readonly output: readonly string[];
}

/** @param all whether all lines of output are shown */
export function evidenceParts(evidence: Evidence, all: boolean): EvidenceParts {
  const bytes = bytesOf(evidence);
  if (bytes === undefined) return { ...placed(evidence), bytes: null, output: [] };
  const isOutput = bytes.trimEnd().includes('\n') && !bytes.includes('\r');
  return isOutput
    ? { ...placed(evidence), bytes: null, output: outputLines(bytes, all) }
    : { ...placed(evidence), bytes: quoted(bytes), output: [] };
}

function placed(evidence: Evidence): Pick<EvidenceParts, 'where' | 'what'> {
  if (evidence.kind === 'source') {
    const { file, line, text } = evidence;
    return { where: `${visible(file)}:${line}`, what: clip(visible(text.trim()), mostBytes) };
  }
  const { atMs, process, what } = evidence;
  return { where: `${exactSeconds(atMs)}  ${visible(process)}`, what: sentence(what) };
}

const bytesOf = (evidence: Evidence): string | undefined =>
  evidence.kind === 'event' ? evidence.bytes : undefined;

const quoted = (bytes: string): string => `"${clip(visible(bytes), mostBytes)}"`;

/** An error stands at the beginning of what is said of it, or at its end. */
const firstLines = 5;
const lastLines = 3;
const lineLength = 200;

function outputLines(bytes: string, all: boolean): readonly string[] {
  const lines = visibleLines(bytes).filter((line) => line.trim() !== '');
  const left = lines.length - firstLines - lastLines;
  const shown =
    all || left <= 1 ? lines : [...lines.slice(0, firstLines), `… ${left} more`, ...lines.slice(-lastLines)];
  return shown.map((line) => `| ${clip(line, lineLength)}`);
}

/** `1.204 s`: to the millisecond. */
function exactSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}

/** `0.42 s`, `41 s`. */
export function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(2)} s` : `${(ms / 1000).toFixed(0)} s`;
}

/** `1a2b3c4d5e6f`; what is no commit's id is left as it is. */
export function shortCommit(commit: string | null): string {
  if (commit === null) return 'no commit';
  return /^[0-9a-f]{40,64}$/.test(commit) ? commit.slice(0, 12) : visible(commit);
}
