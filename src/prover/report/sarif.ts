/**
 * A report as SARIF 2.1.0: a rule for each probe, a result for each finding that is broken or unproven.
 *
 * A code scanner shows a result at a line. Where a line of source is the evidence, that is it. What was seen while the app ran has no
 * line: it is shown at the file that says what is run, and says so; where there is no such file it has a logical location alone.
 */
import type { Evidence, Finding, ProbeDefinition, ProbeId } from '../../factors/law.ts';
import { factorOf } from '../../factors/law.ts';
import { pageBody } from './explain.ts';
import { printed } from './json.ts';
import { evidenceLine, type Look, type Place, sentence, sortOf } from './look.ts';
import type { Report } from './report.ts';
import { proving } from './unproven.ts';
import { clip, visible, visibleLines } from './visible.ts';

const schema = 'https://json.schemastore.org/sarif-2.1.0.json';

interface Context {
  readonly place: Place;
  readonly ruleIds: readonly ProbeId[];
}

export function renderSarif(report: Report, look: Pick<Look, 'definitions' | 'place'>): string {
  const all = report.rows.flatMap(({ findings }) => findings);
  const context: Context = { place: look.place, ruleIds: [...new Set(all.map(({ probe }) => probe))] };
  const known = new Map(look.definitions.map((definition) => [definition.id, definition]));
  const reported = all.filter((finding) => ['broken', 'unproven', 'accepted'].includes(sortOf(finding)));
  return printed({
    $schema: schema,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'dozen check',
            version: report.dozen,
            rules: context.ruleIds.map((id) => ruleOf(id, known.get(id))),
          },
        },
        automationDetails: {
          id: ['dozen-check', uri(look.place.prefix), ''].join('/').replaceAll('//', '/'),
        },
        invocations: [invocation(report)],
        results: reported.map((finding) => resultOf(finding, context)),
        properties: { commit: report.commit, static: report.static },
      },
    ],
  });
}

function invocation({ startedAt, tookMs, notes, failure }: Report): object {
  return {
    executionSuccessful: failure === null,
    startTimeUtc: new Date(startedAt).toISOString(),
    endTimeUtc: new Date(startedAt + tookMs).toISOString(),
    toolExecutionNotifications: notes.map((note) => ({
      level: 'warning',
      message: { text: unlinked(sentence(note)) },
    })),
  };
}

function ruleOf(id: ProbeId, definition: ProbeDefinition | undefined): object {
  if (definition === undefined) return { id };
  const { statement, why, source, how, mend } = definition;
  return {
    id,
    shortDescription: { text: statement },
    fullDescription: { text: why },
    ...(/^https:\/\/\S+$/.test(source) ? { helpUri: source } : {}),
    help: { text: `Proven by: ${how}. To mend it: ${mend}.`, markdown: pageBody(definition) },
    defaultConfiguration: { level: 'error' },
    properties: { tags: ['twelve-factor', factorOf(id)] },
  };
}

function resultOf(finding: Finding, { place, ruleIds }: Context): object {
  const lines = finding.evidence.filter((evidence) => evidence.kind === 'source');
  const [first, ...others] = lines;
  const location = first === undefined ? runLocation(finding, place) : sourceLocation(first, place);
  return {
    ruleId: finding.probe,
    ruleIndex: ruleIds.indexOf(finding.probe),
    level: finding.outcome === 'unproven' ? 'note' : 'error',
    message: { text: messageOf(finding) },
    locations: [location],
    ...(others.length === 0
      ? {}
      : {
          relatedLocations: others.map((line, at) => ({ id: at + 1, ...sourceLocation(line, place) })),
        }),
    partialFingerprints: { 'probe/v1': finding.probe },
    ...(finding.accepted === undefined
      ? {}
      : {
          suppressions: [
            {
              kind: 'external',
              status: 'accepted',
              justification: `${sentence(finding.accepted.reason)} (until ${visible(finding.accepted.until)})`,
            },
          ],
        }),
    properties: { outcome: finding.outcome },
  };
}

function messageOf({ outcome, because, evidence, mend, prove }: Finding): string {
  const events = evidence.filter((some) => some.kind === 'event');
  const said = `${outcome === 'unproven' ? 'Unproven: ' : ''}${sentence(because)}`;
  const lines = [
    said,
    ...events.map(evidenceLine),
    ...(mend === undefined ? [] : [`To mend it: ${sentence(mend)}`]),
    ...(prove === undefined ? [] : [`${proving(prove).title}:`, ...visibleLines(prove)]),
  ];
  return unlinked(lines.join('\n'));
}

type SourceEvidence = Extract<Evidence, { kind: 'source' }>;

const snippetLength = 1_000;

function sourceLocation({ file, line, text }: SourceEvidence, place: Place): object {
  return {
    physicalLocation: {
      artifactLocation: artifact(file, place),
      region: { startLine: Math.max(1, line), snippet: { text: clip(visible(text), snippetLength) } },
    },
  };
}

/** Of what no line of source shows. */
function runLocation({ probe, evidence }: Finding, place: Place): object {
  const event = evidence.find((some) => some.kind === 'event');
  const logicalLocations = [
    event === undefined
      ? { name: factorOf(probe), kind: 'module' }
      : { name: visible(event.process), kind: 'process' },
  ];
  if (place.anchor === null) return { logicalLocations };
  return {
    physicalLocation: { artifactLocation: artifact(place.anchor, place), region: { startLine: 1 } },
    logicalLocations,
    message: { text: 'Not seen in a line of source: this file says what is run' },
  };
}

function artifact(file: string, { prefix }: Place): object {
  return { uri: uri(prefix === '' ? file : `${prefix}/${file}`), uriBaseId: '%SRCROOT%' };
}

function uri(file: string): string {
  return file.toWellFormed().split('/').map(encodeURIComponent).join('/');
}

/** SARIF makes a link of `[text](target)`; an app's output makes none. */
function unlinked(text: string): string {
  return text.replaceAll(/\[(?=[^\]]*\]\()/g, '\\[');
}
