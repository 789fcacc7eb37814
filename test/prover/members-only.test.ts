/** An app whose every page needs a visitor who has signed in. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { findProgram } from '../../src/prover/programs.ts';
import { checkApp, codebaseOf, type Edit } from '../parts/checked-app.ts';

const app = path.join(import.meta.dirname, '../fixtures/members-only');
const missing = ['bwrap', 'strace', 'redis-server'].filter((program) => findProgram(program) === null);
const options = { timeout: 120_000, skip: missing.length > 0 && `needs ${missing.join(', ')}` };

/** Outcome and reason of the findings on processes, by probe. */
async function processesOf(t: TestContext, edits: readonly Edit[] = []) {
  const codebase = codebaseOf(app, { edits });
  t.after(() => codebase.remove());
  const { rows } = await checkApp(codebase.folder, { factors: ['processes'] });
  const findings = rows.flatMap((row) => row.findings);
  return {
    said: (probe: string) => {
      const finding = findings.find((each) => each.probe === `processes/${probe}`);
      return `${finding?.outcome}: ${finding?.because}`;
    },
    outcomes: findings.map(({ outcome }) => outcome),
  };
}

const scenario = (from: string, to: string): Edit => ({ file: 'dozen.check.yaml', from, to });

test('what it keeps is proven with a visitor who is signed in', options, async (t) => {
  const { outcomes, said } = await processesOf(t);
  assert.deepEqual(new Set(outcomes), new Set(['holds']), said('shares-state-between-instances'));
});

test('without one nothing is said of what it keeps, but why', options, async (t) => {
  const stranger = scenario('    signed-in: true\n', '');
  const { said } = await processesOf(t, [stranger]);
  const why =
    /^unproven: POST \/notes\/new cannot be sent to web\.[12]: cannot take csrf: GET \/notes\/new answered 401$/;
  assert.match(said('shares-state-between-instances'), why);
  assert.match(said('keeps-data-over-a-restart'), why);
  assert.match(said('keeps-sessions-between-instances'), /^holds: /);
  assert.equal(
    said('reads-back-no-local-file'),
    'unproven: Among GET /healthz, GET /notes no request read what another had made it write, but the one that writes was not answered as the scenario says',
  );
});

test('where nobody can sign in, that is the reason', options, async (t) => {
  const nobody = scenario(
    'name: dozen, password: "{token}" }\n    status: 303',
    'name: "?" }\n    status: 303',
  );
  const { said } = await processesOf(t, [nobody]);
  const why =
    /^unproven: POST \/notes\/new cannot be sent to web\.[12]: cannot sign in: POST \/login answered 401/;
  assert.match(said('shares-state-between-instances'), why);
  assert.match(said('keeps-data-over-a-restart'), why);
});

test('an app that keeps it in a process is caught behind its login', options, async (t) => {
  const inMemory = [
    'const kept = new Set();',
    'export const addNote = (_visitor, note) => kept.add(note);',
    'export const notesOf = () => [...kept].join();',
  ];
  const { said } = await processesOf(t, [{ file: 'notes.js', from: null, to: inMemory.join('\n') }]);
  assert.match(
    said('shares-state-between-instances'),
    /^broken: What was written through web\.1 was missing/,
  );
  assert.match(said('keeps-data-over-a-restart'), /^broken: /);
});
