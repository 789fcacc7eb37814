/** What would prove more of an app is told in lines of its own routes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probes } from '../../src/factors/probes.ts';
import { findProgram } from '../../src/prover/programs.ts';
import { formats, render } from '../../src/prover/report/render.ts';
import { checkApp } from '../parts/checked-app.ts';
import { repository } from '../parts/git-repository.ts';

const app = {
  'package.json': '{ "name": "shop", "private": true, "engines": { "node": ">=24" } }',
  Procfile: 'web: node server.js\n',
  'dozen.check.yaml': 'requests:\n  read: { request: GET /orders.json, matches: "{token}" }\n',
  'server.js': `
const handlers = new Map();
const app = {
  get: (path, handler) => handlers.set('GET ' + path, handler),
  post: (path, handler) => handlers.set('POST ' + path, handler),
};
app.get('/orders.json', () => '[]');
app.post('/orders', () => 'taken');
require('node:http')
  .createServer(({ method, url }, response) => response.end(handlers.get(method + ' ' + url)?.() ?? 'shop'))
  .listen(process.env.PORT);
`,
};
const missing = ['bwrap', 'strace'].filter((program) => findProgram(program) === null);

test('every format shows the same lines, of the routes that the app has, without what its scenario has', {
  timeout: 120_000,
  skip: missing.length > 0 && `needs ${missing.join(', ')}`,
}, async (t) => {
  const report = await checkApp(repository(t, app), { factors: ['processes'] });
  const state = report.rows[0]?.findings.find(
    ({ probe }) => probe === 'processes/shares-state-between-instances',
  );
  const lines = [
    'requests:',
    '  write:',
    '    request: POST /orders # server.js:8',
    '    form:',
    '      message: "{token}"',
  ];
  assert.equal(state?.outcome, 'unproven');
  assert.equal(state.prove, lines.join('\n'));
  const look = {
    definitions: probes,
    width: 100,
    colour: false,
    evidence: false,
    place: { prefix: '', anchor: 'Procfile' },
  };
  for (const format of formats) {
    const shown = render(report, { ...look, format });
    assert.ok(shown.includes('request: POST /orders # server.js:8'), format);
    assert.ok(!shown.includes('POST /PATH'), format);
  }
});
