/** A report as test runners read it: a suite for each factor, a case for each probe. */
import type { Finding } from '../../factors/law.ts';
import { evidenceLine, type Look, type StatementOf, sentence, sortOf, statements } from './look.ts';
import type { Report, Row } from './report.ts';
import { visible, visibleLines } from './visible.ts';

export function renderJunit(report: Report, look: Pick<Look, 'definitions'>): string {
  const statementOf = statements(look);
  const all = report.rows.flatMap(({ findings }) => findings);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'dozen check', ...counts(all), time: (report.tookMs / 1000).toFixed(3) })}>`,
    ...report.rows.flatMap((row) => suite(row, { report, statementOf })),
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

interface Context {
  readonly report: Report;
  readonly statementOf: StatementOf;
}

function suite({ factor, findings }: Row, { report, statementOf }: Context): readonly string[] {
  const timestamp = new Date(report.startedAt).toISOString();
  return [
    `  <testsuite${attributes({ name: factor, ...counts(findings), timestamp })}>`,
    ...findings.flatMap((finding) => testCase(finding, { factor, statement: statementOf(finding.probe) })),
    '  </testsuite>',
  ];
}

function counts(findings: readonly Finding[]): Readonly<Record<string, string>> {
  const sorts = findings.map(sortOf);
  const failures = sorts.filter((sort) => sort === 'broken').length;
  const skipped = sorts.filter((sort) => sort !== 'broken' && sort !== 'holds').length;
  return {
    tests: String(findings.length),
    failures: String(failures),
    errors: '0',
    skipped: String(skipped),
  };
}

function testCase(
  finding: Finding,
  { factor, statement }: { readonly factor: string; readonly statement: string },
): readonly string[] {
  const opening = `    <testcase${attributes({ name: statement, classname: factor })}`;
  const said = outcomeOf(finding);
  return said.length === 0 ? [`${opening}/>`] : [`${opening}>`, ...said, '    </testcase>'];
}

function outcomeOf(finding: Finding): readonly string[] {
  const because = sentence(finding.because);
  switch (sortOf(finding)) {
    case 'holds':
      return [];
    case 'broken': {
      const shown = finding.evidence.map(evidenceLine).map(text);
      const opening = `      <failure${attributes({ message: because, type: finding.probe })}>`;
      return shown.length === 0 ? [`${opening}</failure>`] : [opening, ...shown, '</failure>'];
    }
    case 'accepted':
      return skipped(
        `Accepted until ${finding.accepted?.until}: ${sentence(finding.accepted?.reason ?? '')}`,
      );
    case 'unproven':
      return skipped(`Unproven: ${because}`, finding.prove);
    case 'not-applicable':
      return skipped(`Not applicable: ${because}`);
  }
}

function skipped(message: string, prove?: string): readonly string[] {
  const opening = `      <skipped${attributes({ message })}`;
  return prove === undefined
    ? [`${opening}/>`]
    : [`${opening}>`, ...visibleLines(prove).map(text), '</skipped>'];
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${text(visible(value)).replaceAll('"', '&quot;')}"`)
    .join('');
}

/** Of what is visible already: XML 1.0 has no place for control characters, escaped or not. */
function text(shown: string): string {
  return shown.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
