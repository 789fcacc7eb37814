import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import AjvDraft4 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { definitions, report } from '../../../test/fixtures/report/report.ts';
import type { Finding } from '../../factors/law.ts';
import type { Look } from './look.ts';
import { columnsOf } from './paragraph.ts';
import { type Format, formats, render } from './render.ts';

const fixtures = path.join(import.meta.dirname, '../../../test/fixtures');
const goldenFile = (name: string): string => path.join(fixtures, 'report', `${name}.golden`);

/** DOZEN_WRITE_GOLDEN=1 writes the files anew: read their difference before it is committed. */
function assertGolden(name: string, text: string): void {
  if (process.env.DOZEN_WRITE_GOLDEN === '1') writeFileSync(goldenFile(name), text);
  assert.equal(text, readFileSync(goldenFile(name), 'utf8'));
}

const look: Look = {
  definitions,
  width: 100,
  colour: false,
  evidence: false,
  place: { prefix: 'apps/my shop', anchor: 'Procfile' },
};
const rendered = (format: Format, more: Partial<Look> = {}): string =>
  render(report, { ...look, ...more, format });

for (const format of formats)
  test(`${format} is the whole text of its golden file`, () => {
    assertGolden(format, rendered(format));
  });

test('a terminal shows all findings with all their evidence when it is asked to', () => {
  assertGolden('terminal-evidence', rendered('terminal', { evidence: true }));
});

test('JSON is the report, whole', () => {
  assert.deepEqual(JSON.parse(rendered('json')), report);
});

test('colour changes no letter', () => {
  const coloured = rendered('terminal', { colour: true });
  assertGolden('terminal-colour', coloured);
  assert.equal(stripVTControlCharacters(coloured), rendered('terminal'));
});

test('what one process that does not start leaves unproven is a list', () => {
  const because = (who: string): string => `${who} does not start: it ended with code 1: Error: no`;
  const findings = ['web', 'web.1', 'Web', 'worker.1'].map((who, at): Finding => {
    return { probe: `logs/probe-${at}`, outcome: 'unproven', because: because(who), evidence: [] };
  });
  const rows = [{ factor: 'logs', verdict: 'unproven', findings }] as const;
  const text = render({ ...report, rows }, { ...look, format: 'terminal' });
  assert.match(
    text,
    / {2}\? 4 statements, for one reason\n {4}logs\/probe-0, logs\/probe-1, logs\/probe-2, logs\/probe-3\n {4}web does not start: it ended with code 1: Error: no\n/,
  );
  const few = render(
    { ...report, rows: [{ ...rows[0], findings: findings.slice(0, 2) }] },
    { ...look, format: 'terminal' },
  );
  assert.doesNotMatch(few, /statements, for one reason/);
  assert.equal(few.split('it ended with').length - 1, 2, 'once beside the verdict, once below');
});

test('lines that would prove several findings are shown once', () => {
  const prove = 'requests:\n  cheap: GET /up\n  read: GET /notes';
  const findings = ['first', 'second', 'third'].map((name, at): Finding => {
    const own = at === 1 ? { prove: 'admin:\n  - node tidy.js' } : { prove };
    return { probe: `logs/${name}`, outcome: 'unproven', because: `It lacks ${name}`, evidence: [], ...own };
  });
  const rows = [{ factor: 'logs', verdict: 'unproven', findings }] as const;
  const text = render({ ...report, rows }, { ...look, format: 'terminal' });
  assert.equal(text.split('cheap: GET /up').length - 1, 1);
  assert.match(text, / {4}It lacks third\n {4}To prove it {2}The lines of logs\/first above\n/);
});

test('every line fits, however narrow the terminal is', () => {
  for (const width of [40, 60, 80, 100])
    for (const evidence of [false, true]) {
      const wide = rendered('terminal', { width, evidence })
        .split('\n')
        .filter((line) => columnsOf(line) > width);
      assert.deepEqual(wide, [], `${width} columns`);
    }
});

test('nothing of an app reaches a terminal as more than letters', () => {
  for (const format of formats)
    assert.doesNotMatch(
      rendered(format, { evidence: true }),
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/,
    );
});

test('no format says a score', () => {
  for (const format of formats) assert.doesNotMatch(rendered(format), /\d ?%(?!\w)|score|grade/i, format);
});

test('output of many lines is shown line by line, its beginning and its end', () => {
  const output = ['Error: no', ...Array.from({ length: 9 }, (_, at) => `    at ${at}`), '| \u001b[2Jlast'];
  const findings: readonly Finding[] = [
    {
      probe: 'logs/prints-no-secret',
      outcome: 'broken',
      because: 'No',
      evidence: [{ kind: 'event', atMs: 900, process: 'web.1', what: 'ended', bytes: output.join('\n') }],
    },
  ];
  const rows = [{ factor: 'logs', verdict: 'broken', findings }] as const;
  const shown = (format: Format, evidence = false): string =>
    render({ ...report, rows }, { ...look, evidence, format });
  const lines = [
    '0.900 s  web.1  ended',
    '| Error: no',
    '|     at 0',
    '|     at 1',
    '|     at 2',
    '|     at 3',
    '| … 3 more',
    '|     at 7',
    '|     at 8',
    '| | \\x1b[2Jlast',
  ];
  assert.ok(shown('terminal').includes(`      ${lines.join('\n        ')}\n`), shown('terminal'));
  assert.ok(shown('markdown').includes(`\`\`\`\n${lines.join('\n  ')}\n\`\`\`\n`), shown('markdown'));
  for (const format of ['terminal', 'markdown'] as const) assert.match(shown(format, true), /\| {5}at 5\n/);
});

test('an app makes no link, no tag and no mention in Markdown', () => {
  const because = '[a](javascript:x) <img src=x> @ann #12 https://evil.example www.evil.example | *b* `c`';
  const row = report.rows[2];
  assert.ok(row?.findings[0]);
  const hostile = { ...report, rows: [{ ...row, findings: [{ ...row.findings[0], because }] }] };
  const text = render(hostile, { ...look, format: 'markdown' }).replaceAll(/^```[\s\S]*?^```$/gm, '');
  assert.match(
    text,
    /\\\[a\\\]\\\(javascript:x\\\) &lt;img src=x&gt; @<!-- -->ann #<!-- -->12 https\\:\/\/evil\.example www\\\.evil\.example \\\| \\\*b\\\* \\`c\\`/,
  );
  assert.doesNotMatch(text, /<(?!details(?: open)?>|summary>|\/|!-- -->)/);
});

test('a block of evidence is not ended by what stands in it', () => {
  const row = report.rows[2];
  assert.ok(row?.findings[0]);
  const evidence = [{ kind: 'source', file: 'a.md', line: 1, text: '```` <b>' }] as const;
  const text = render(
    { ...report, rows: [{ ...row, findings: [{ ...row.findings[0], evidence }] }] },
    { ...look, format: 'markdown' },
  );
  assert.match(text, /^`````\na\.md:1 {2}```` <b>\n`````$/m);
});

test('in Markdown what is unproven for one reason stands once, with the lines that prove it', () => {
  const text = rendered('markdown');
  assert.equal(text.split('\n```yaml\nrequests:\n').length - 1, 1);
  assert.match(
    text,
    /<summary>Unproven: Answers the same through any of its instances; Keeps a session over instances<\/summary>/,
  );
  assert.match(text, /\*\*To prove it, in dozen\.check\.yaml\*\*\n\n```yaml\nrequests:\n[^`]+\n```\n/);
  assert.match(text, /\n```sh\napt-get install --yes strace\n```\n/);
});

test('lines that prove something end no block of Markdown', () => {
  const prove = 'requests:\n  cheap: GET /```\n```\n</details><b>';
  const findings: readonly Finding[] = [
    { probe: 'logs/prints-no-secret', outcome: 'unproven', because: 'No', evidence: [], prove },
  ];
  const rows = [{ factor: 'logs', verdict: 'unproven', findings }] as const;
  const text = render({ ...report, rows }, { ...look, format: 'markdown' });
  assert.ok(text.includes(`\n\`\`\`\`yaml\n${prove}\n\`\`\`\`\n`), text);
});

test('the XML is well-formed, and has what was counted', () => {
  const names = elementsOf(rendered('junit'));
  const count = (name: string): number => names.filter((other) => other === name).length;
  assert.deepEqual(
    ['testsuites', 'testsuite', 'testcase', 'failure', 'skipped'].map((name) => [name, count(name)]),
    [
      ['testsuites', 1],
      ['testsuite', 12],
      ['testcase', 10],
      ['failure', 2],
      ['skipped', 5],
    ],
  );
  assert.throws(() => elementsOf('<a><b></a>'), /"b" is open/);
  assert.throws(() => elementsOf('<a x="1 < 2"/>'), /line/);
  assert.throws(() => elementsOf('<a>&nope;</a>'), /line/);
  assert.throws(() => elementsOf('<a>\u001b</a>'), /line/);
});

/** Names of all elements, of XML without comments, sections or namespaces. @throws where it is not well-formed */
function elementsOf(xml: string): readonly string[] {
  const text = String.raw`(?:[\t\n\u0020-%'-;=-\ud7ff\ue000-\ufffd]|[\ud800-\udbff][\udc00-\udfff]|&(?:amp|lt|gt|quot|apos);)`;
  const attribute = String.raw`\s[a-z]+="(?:(?!")${text})*"`;
  const token = new RegExp(`<(/?)([a-z]+)((?:${attribute})*)(/?)>|${text}+`, 'y');
  const names: string[] = [];
  const open: string[] = [];
  token.lastIndex = /^<\?xml version="1\.0" encoding="UTF-8"\?>\n/.exec(xml)?.[0].length ?? 0;
  while (token.lastIndex < xml.length) {
    const from = token.lastIndex;
    const match = token.exec(xml);
    if (match === null) throw new Error(`line ${xml.slice(0, from).split('\n').length} is not XML`);
    const [, closes, name, , empty] = match;
    if (name === undefined) continue;
    if (closes === '/') {
      const last = open.pop();
      if (last !== name) throw new Error(`"${last}" is open where "${name}" is closed`);
    } else {
      names.push(name);
      if (empty !== '/') open.push(name);
    }
  }
  if (open.length > 0) throw new Error(`"${open.at(-1)}" is open at the end`);
  return names;
}

test('SARIF is what its schema asks for, with a file for what has a place and without', () => {
  const schema = JSON.parse(readFileSync(path.join(fixtures, 'sarif/sarif-2.1.0-rtm.5.json'), 'utf8'));
  const ajv = new AjvDraft4.default({ strict: false, allErrors: true, unicodeRegExp: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  for (const place of [look.place, { prefix: '', anchor: null }]) {
    assert.ok(validate(JSON.parse(rendered('sarif', { place }))), JSON.stringify(validate.errors));
    assert.ok(!validate({ version: '2.1.0', runs: [{ results: [{ message: {} }] }] }));
  }
});

test('a result without a line of source has a logical location alone where no file says what is run', () => {
  const log = JSON.parse(rendered('sarif', { place: { prefix: '', anchor: null } }));
  const [result] = log.runs[0].results.filter(
    ({ ruleId }: { readonly ruleId: string }) => ruleId === 'disposability/finishes-requests-on-sigterm',
  );
  assert.deepEqual(result.locations, [{ logicalLocations: [{ name: 'web.1', kind: 'process' }] }]);
});

test('a result without a line of source is shown at the first line of the file that says what is run', () => {
  const results: readonly { readonly locations: readonly { readonly physicalLocation: unknown }[] }[] =
    JSON.parse(rendered('sarif')).runs[0].results;
  const lineless = results.flatMap(({ locations }) =>
    locations.filter((location) => 'logicalLocations' in location),
  );
  assert.equal(lineless.length, 5);
  for (const { physicalLocation } of lineless)
    assert.deepEqual(physicalLocation, {
      artifactLocation: { uri: 'apps/my%20shop/Procfile', uriBaseId: '%SRCROOT%' },
      region: { startLine: 1 },
    });
});

test('what is unproven is a skipped case of JUnit that says what was missing, and what would prove it', () => {
  const [one] = rendered('junit').match(/<testcase name="Answers the same[\s\S]*?<\/testcase>/) ?? [];
  assert.match(
    one ?? '',
    /<skipped message="Unproven: No request is known that writes [^"]+">\nrequests:\n {2}write: [\s\S]*<\/skipped>/,
  );
});

test('a probe that nobody has defined is shown by its id', () => {
  const text = render(report, { ...look, definitions: [], format: 'terminal' });
  assert.match(text, /✗ disposability\/finishes-requests-on-sigterm\n/);
});
