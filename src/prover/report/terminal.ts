/** A report as a person reads it: verdicts, then what to mend, then what is not proven. */
import type { Evidence, Finding, Outcome, ProbeDefinition } from '../../factors/law.ts';
import { type Brush, brush } from './brush.ts';
import {
  countOf,
  evidenceParts,
  findingsOf,
  type Look,
  seconds,
  sentence,
  shortCommit,
  statements,
  words,
} from './look.ts';
import { columnsOf, continued, padded, wrapped } from './paragraph.ts';
import type { Report, Row } from './report.ts';
import { fewFindings, type Group, proving, together } from './unproven.ts';
import { visible, visibleLines } from './visible.ts';

/** How much evidence of one finding is shown unless all is asked for. */
const firstEvidence = 3;

interface Page {
  readonly look: Look;
  readonly paint: Brush;
  readonly statementOf: (finding: Finding) => string;
  readonly mendOf: (finding: Finding) => string | null;
}

export function renderTerminal(report: Report, look: Look): string {
  const page = pageOf(look);
  const parts = [
    [...head(report, page), ...notes(report, page)],
    report.rows.flatMap((row) => rowLines(row, page)),
    section(
      'To mend',
      findingsOf(report, 'broken').map((finding) => broken(finding, page)),
      page,
    ),
    section(
      'Not proven',
      together(findingsOf(report, 'unproven')).map((some, at, all) =>
        unproven(some, { ...page, before: all.slice(0, at) }),
      ),
      page,
    ),
    section(
      'Accepted',
      findingsOf(report, 'accepted').map((finding) => accepted(finding, page)),
      page,
    ),
    ...(look.evidence ? rest(report, page) : []),
    more(report, page),
  ];
  const shown = parts.filter((lines) => lines.length > 0);
  return `${shown.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function pageOf(look: Look): Page {
  const statementOf = statements(look);
  const mends = new Map(look.definitions.map(({ id, mend }: ProbeDefinition) => [id, mend]));
  return {
    look,
    paint: brush(look.colour),
    statementOf: ({ probe }) => statementOf(probe),
    mendOf: ({ probe, mend }) => mend ?? mends.get(probe) ?? null,
  };
}

function head(report: Report, { paint, look }: Page): readonly string[] {
  const read = report.static || report.failure !== null ? 'source only, nothing was run' : 'built and run';
  const facts = `${shortCommit(report.commit)}, ${read}, ${seconds(report.tookMs)}`;
  return [
    ...wrapped(visible(report.subject), look.width).map((line) => paint('bold', line)),
    ...wrapped(facts, look.width).map((line) => paint('dim', line)),
  ];
}

function notes({ notes }: Report, { paint, look }: Page): readonly string[] {
  return notes.flatMap((note) =>
    wrapped(sentence(note), look.width - 6).map(
      (line, at) => `${at === 0 ? paint('yellow', 'Note') : '    '}  ${line}`,
    ),
  );
}

const colours = { holds: 'green', broken: 'red', unproven: 'yellow', 'not-applicable': 'dim' } as const;
const factorWidth = 'build-release-run'.length + 2;
const verdictWidth = 'not applicable'.length + 2;

/** Narrower than this a text beside the verdict cannot be read: it goes below. */
const leastRoom = 24;

function rowLines(row: Row, { look, paint }: Page): readonly string[] {
  const verdict = paint(colours[row.verdict], padded(words[row.verdict], verdictWidth));
  const head = `  ${padded(row.factor, factorWidth)}${verdict}`;
  const margin = 2 + factorWidth + verdictWidth;
  const beside = look.width - margin >= leastRoom;
  const [first = '', ...more] = rowText(row, look.width - (beside ? margin : 4));
  if (!beside) return [head, ...[first, ...more].map((line) => indent + paint('dim', line))];
  return [head + paint('dim', first), ...more.map((line) => ' '.repeat(margin) + paint('dim', line))];
}

/** The count, and, where there is room for it, why the first of those that made the verdict did: all of it stands below. */
function rowText({ verdict, findings }: Row, width: number): readonly string[] {
  const first = findings.find(({ outcome, accepted }) => outcome === verdict && accepted === undefined);
  const count = countOf(findings);
  const whole = verdict === 'holds' || first === undefined ? count : `${count}: ${sentence(first.because)}`;
  return columnsOf(whole) <= width ? [whole] : wrapped(count, width);
}

function section(title: string, items: readonly (readonly string[])[], { paint }: Page): readonly string[] {
  if (items.length === 0) return [];
  return [paint('bold', title), ...items.flatMap((item) => ['', ...item])];
}

const signs: Readonly<Record<Outcome, string>> = {
  holds: '✓',
  broken: '✗',
  unproven: '?',
  'not-applicable': '–',
};

function heading(finding: Finding, { look, paint, statementOf }: Page): readonly string[] {
  const id = visible(finding.probe);
  const statement = statementOf(finding);
  const sign = paint(colours[finding.outcome], signs[finding.outcome]);
  return [
    ...wrapped(statement, look.width - 4).map(
      (line, at) => `${at === 0 ? `  ${sign} ` : indent}${paint('bold', line)}`,
    ),
    ...(statement === id ? [] : wrapped(id, look.width - 4).map((line) => indent + paint('dim', line))),
  ];
}

const indent = ' '.repeat(4);

function paragraph(text: string, { look }: Page): readonly string[] {
  return wrapped(sentence(text), look.width - 4).map((line) => indent + line);
}

function labelled(label: string, text: string, { look, paint }: Page): readonly string[] {
  const lines = wrapped(sentence(text), look.width - 4 - label.length - 2);
  return lines.map(
    (line, at) => `${indent}${at === 0 ? paint('cyan', label) : ' '.repeat(label.length)}  ${line}`,
  );
}

function broken(finding: Finding, page: Page): readonly string[] {
  const mend = page.mendOf(finding);
  return [
    ...heading(finding, page),
    ...paragraph(finding.because, page),
    ...(mend === null ? [] : labelled('Mend', mend, page)),
    ...evidenceOf(finding, page),
  ];
}

function evidenceOf({ evidence }: Finding, { look, paint }: Page): readonly string[] {
  const shown = look.evidence ? evidence : evidence.slice(0, firstEvidence);
  const left = evidence.length - shown.length;
  const lines = shown.flatMap((evidence) => pieceOf(evidence, look));
  return [...lines, ...(left > 0 ? [`      and ${left} more`] : [])].map((line) => paint('dim', line));
}

/** Where it was seen, and what, beside it; below it where there is no room. */
function pieceOf(evidence: Evidence, { width, evidence: all }: Look): readonly string[] {
  const { where, what, bytes, output } = evidenceParts(evidence, all);
  const beside = columnsOf(where) < width / 3;
  const margin = ' '.repeat(beside ? 6 + columnsOf(where) + 2 : 8);
  const text = [what, ...(bytes === null ? [] : [bytes])].flatMap((some) =>
    wrapped(some, width - margin.length),
  );
  const [first = '', ...more] = beside ? text : ['', ...text];
  return [
    ...(beside ? [`      ${where}  ${first}`] : continued(`      ${where}`, width)),
    ...more.map((line) => margin + line),
    ...output.flatMap((line) => continued(`        ${line}`, width)),
  ];
}

interface BelowOthers extends Page {
  /** What is shown above it. */
  readonly before: readonly Group[];
}

function unproven(group: Group, page: BelowOthers): readonly string[] {
  const [{ because, prove }] = group;
  return [
    ...(group.length > fewFindings ? listed(group, page) : group.flatMap((each) => heading(each, page))),
    ...paragraph(because, page),
    ...(prove === undefined ? [] : proveLines(prove, page)),
    ...group.flatMap((finding) => evidenceOf(finding, page)),
  ];
}

function listed(group: Group, { look, paint }: Page): readonly string[] {
  const sign = paint(colours.unproven, signs.unproven);
  return [
    `  ${sign} ${paint('bold', `${group.length} statements, for one reason`)}`,
    ...wrapped(group.map(({ probe }) => visible(probe)).join(', '), look.width - 4).map(
      (line) => indent + paint('dim', line),
    ),
  ];
}

function proveLines(prove: string, page: BelowOthers): readonly string[] {
  const { before, look, paint } = page;
  const isLong = prove.split('\n').length > 2;
  const same = isLong ? before.find(([first]) => first.prove === prove) : undefined;
  if (same !== undefined) return labelled('To prove it', `The lines of ${same[0].probe} above`, page);
  const lines = visibleLines(prove).flatMap((line) => continued(`      ${line}`, look.width));
  return [`${indent}${paint('cyan', proving(prove).title)}`, ...lines];
}

function accepted(finding: Finding, page: Page): readonly string[] {
  const { until, reason } = finding.accepted ?? { until: '', reason: '' };
  return [
    ...heading(finding, page),
    ...paragraph(finding.because, page),
    ...labelled(`Until ${visible(until)}`, reason, page),
    ...(page.look.evidence ? evidenceOf(finding, page) : []),
  ];
}

function rest(report: Report, page: Page): readonly (readonly string[])[] {
  const titles = [
    ['Holds', 'holds'],
    ['Not applicable', 'not-applicable'],
  ] as const;
  return titles.map(([title, outcome]) => {
    const items = findingsOf(report, outcome).map((finding) => [
      ...heading(finding, page),
      ...paragraph(finding.because, page),
      ...evidenceOf(finding, page),
    ]);
    return section(title, items, page);
  });
}

function more(report: Report, { look, paint }: Page): readonly string[] {
  const [named] = [...findingsOf(report, 'broken'), ...findingsOf(report, 'unproven')];
  const hints = [
    ...(look.evidence ? [] : [['dozen check --evidence', 'every finding with all its evidence'] as const]),
    [`dozen check --explain ${named?.probe ?? 'PROBE'}`, 'what it means, and how to mend it'] as const,
  ];
  const left = Math.max(...hints.map(([command]) => command.length));
  const beside = left + 2 + Math.max(...hints.map(([, what]) => what.length)) <= look.width;
  return hints.flatMap(([command, what]) =>
    beside
      ? [`${command.padEnd(left)}  ${paint('dim', what)}`]
      : [
          ...continued(command, look.width),
          ...wrapped(what, look.width - 4).map((line) => paint('dim', indent + line)),
        ],
  );
}
