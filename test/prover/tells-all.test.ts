/** An app that prints its secrets when it fails. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { findProgram } from '../../src/prover/programs.ts';
import { checkApp, codebaseOf } from '../parts/checked-app.ts';

const missing = ['bwrap', 'strace'].filter((program) => findProgram(program) === null);
const options = { timeout: 120_000, skip: missing.length > 0 && `needs ${missing.join(', ')}` };

test('a secret that is printed at an error is found, and no finding repeats it', options, async (t) => {
  const codebase = codebaseOf(path.join(import.meta.dirname, '../fixtures/tells-all'));
  t.after(() => codebase.remove());
  const token = '9f8e7d6c5b4a39281706';
  writeFileSync(path.join(codebase.folder, '.env.check'), `API_TOKEN=${token}\n`);
  const report = await checkApp(codebase.folder, { factors: ['config', 'logs'] });
  const said = report.rows
    .flatMap(({ findings }) => findings)
    .map(({ probe, outcome, because }) => `${probe} ${outcome}: ${because}`);
  assert.ok(
    said.includes('config/prints-no-secrets broken: It prints the value of API_TOKEN'),
    said.join('\n'),
  );
  const trace = report.rows
    .flatMap(({ findings }) => findings)
    .find(({ probe }) => probe === 'logs/keeps-a-stack-trace-in-one-event');
  assert.equal(trace?.outcome, 'broken');
  assert.match(JSON.stringify(trace.evidence), /asked with \[API_TOKEN\]/);
  assert.ok(!JSON.stringify(report).includes(token));
});
