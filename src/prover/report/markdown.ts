/** A report for a pull request or a job's summary: twelve rows, then what is behind them. */
import { type Evidence, type Finding, worstOf } from '../../factors/law.ts';
import {
  countOf,
  evidenceLine,
  evidenceParts,
  findingsOf,
  type Look,
  type StatementOf,
  seconds,
  sentence,
  shortCommit,
  statements,
  words,
} from './look.ts';
import { fenced, html, inline } from './markup.ts';
import type { Report, Row } from './report.ts';
import { fewFindings, type Group, proving, together } from './unproven.ts';
import { clip, visibleLines } from './visible.ts';

interface Page {
  readonly statementOf: StatementOf;
  readonly mends: ReadonlyMap<string, string>;
  readonly evidence: boolean;
}

const firstEvidence = 5;
const evidenceLength = 240;
const rowTextLength = 160;

export function renderMarkdown(report: Report, look: Pick<Look, 'definitions' | 'evidence'>): string {
  const page: Page = {
    statementOf: statements(look),
    mends: new Map(look.definitions.map(({ id, mend }) => [id, mend])),
    evidence: look.evidence,
  };
  const blocks = [
    ...head(report),
    table(report.rows),
    ...findingsOf(report, 'broken').map((finding) => details('Broken', finding, page)),
    ...together(findingsOf(report, 'unproven')).map((group) => unproven(group, page)),
    ...findingsOf(report, 'accepted').map((finding) => details('Accepted', finding, page)),
    ...(look.evidence ? findingsOf(report, 'holds').map((finding) => details('Holds', finding, page)) : []),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function head(report: Report): readonly string[] {
  const verdict = worstOf(report.rows.map(({ verdict }) => verdict));
  const read = report.static || report.failure !== null ? 'source only, nothing was run' : 'built and run';
  const facts = `${inline(sentence(report.subject))} at ${shortCommit(report.commit)}, ${read}, ${seconds(report.tookMs)}`;
  return [
    `## dozen check: ${words[verdict]}`,
    facts,
    ...report.notes.map((note) => `> ${inline(sentence(note))}`),
  ];
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(
    (row) =>
      `| ${row.factor} | ${row.verdict === 'broken' ? '**broken**' : words[row.verdict]} | ${rowText(row)} |`,
  );
  return ['| factor | verdict | |', '| --- | --- | --- |', ...lines].join('\n');
}

function rowText({ verdict, findings }: Row): string {
  const first = findings.find(({ outcome, accepted }) => outcome === verdict && accepted === undefined);
  const count = countOf(findings);
  return verdict === 'holds' || first === undefined
    ? count
    : `${count}: ${inline(clip(sentence(first.because), rowTextLength))}`;
}

function details(word: string, finding: Finding, page: Page): string {
  const { accepted } = finding;
  const mend = word === 'Broken' ? (finding.mend ?? page.mends.get(finding.probe)) : undefined;
  const blocks = [
    `<details${word === 'Broken' ? ' open' : ''}>\n<summary>${word}: ${html(page.statementOf(finding.probe))}</summary>`,
    inline(sentence(finding.because)),
    ...(mend === undefined ? [] : [`**Mend**: ${inline(sentence(mend))}`]),
    ...(accepted === undefined
      ? []
      : [`**Accepted until ${inline(sentence(accepted.until))}**: ${inline(sentence(accepted.reason))}`]),
    ...evidenceBlock(finding, page),
    `\`${finding.probe}\``,
    '</details>',
  ];
  return blocks.join('\n\n');
}

/** Those that lack the same stand together, with the lines that prove them all. */
function unproven(group: Group, page: Page): string {
  const [{ because, prove }] = group;
  const { statementOf } = page;
  const summary =
    group.length > fewFindings
      ? `${group.length} statements, for one reason`
      : group.map(({ probe }) => statementOf(probe)).join('; ');
  const blocks = [
    `<details>\n<summary>Unproven: ${html(summary)}</summary>`,
    inline(sentence(because)),
    ...(prove === undefined ? [] : proveBlock(prove)),
    ...group.flatMap((finding) => evidenceBlock(finding, page)),
    ...(group.length > fewFindings
      ? [group.map(({ probe }) => `- ${inline(statementOf(probe))}: \`${probe}\``).join('\n')]
      : [group.map(({ probe }) => `\`${probe}\``).join(', ')]),
    '</details>',
  ];
  return blocks.join('\n\n');
}

function proveBlock(prove: string): readonly string[] {
  const { title, language } = proving(prove);
  return [`**${title}**`, fenced(visibleLines(prove).join('\n'), language)];
}

function evidenceBlock({ evidence }: Finding, page: Page): readonly string[] {
  if (evidence.length === 0) return [];
  const shown = page.evidence ? evidence : evidence.slice(0, firstEvidence);
  const left = evidence.length - shown.length;
  const lines = shown.flatMap((piece) => pieceLines(piece, page));
  return [fenced([...lines, ...(left > 0 ? [`and ${left} more`] : [])].join('\n'))];
}

function pieceLines(piece: Evidence, { evidence }: Page): readonly string[] {
  const { where, what, output } = evidenceParts(piece, evidence);
  const line = output.length > 0 ? `${where}  ${what}` : evidenceLine(piece);
  return [evidence ? line : clip(line, evidenceLength), ...output.map((each) => `  ${each}`)];
}
