import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Judgement } from '../law.ts';
import type { Asked } from './probe-asked.ts';
import { type LocalFileFacts, readsBackNoLocalFile, type Touch } from './probe-local-files.ts';
import { keepsSessions, type SessionRun } from './probe-session.ts';
import { keepsDataOverARestart, type Restart, type StateRun, sharesState, type Way } from './probe-state.ts';

const untold: SessionRun & { readonly kind: 'untold' } = {
  kind: 'untold',
  requests: ['GET /'],
  cookies: [],
  packages: [],
};
const said = ({ outcome, because }: Judgement): readonly string[] => [outcome, because];
const shown = ({ evidence }: Judgement): readonly string[] =>
  evidence.map((each) => (each.kind === 'event' ? `${each.atMs} ${each.process} ${each.what}` : each.text));

function asked(process: string, request: string, more: Partial<Asked> = {}): Asked {
  return { process, request, atMs: 1, status: 200, failure: null, asExpected: true, body: '', ...more };
}

const wrong = { asExpected: false } as const;
const write = (process: string, more?: Partial<Asked>): Asked => asked(process, 'POST /notes', more);
const read = (process: string, more?: Partial<Asked>): Asked => asked(process, 'GET /notes', more);

const there: Way = { write: write('web.1'), own: read('web.1'), other: read('web.2') };
const back: Way = { write: write('web.2'), own: read('web.2'), other: read('web.1') };
const restart: Restart = {
  killed: [{ process: 'web.1', atMs: 2 }],
  failure: null,
  reads: [{ write: there.write, read: read('web.3', { atMs: 3 }) }],
};

function run(ways: readonly [Way, ...Way[]], restarted: Restart = restart): StateRun {
  return { kind: 'run', ways, restart: restarted };
}

test('state is shared when each process shows what the other has taken', () => {
  const table: readonly (readonly [StateRun, ...(readonly string[])])[] = [
    [
      run([there, back]),
      'holds',
      'What was written through web.1 was read through web.2, and the other way round',
    ],
    [
      run([{ ...there, other: read('web.2', wrong) }, back]),
      'broken',
      'What was written through web.1 was missing: GET /notes through web.2 answered 200, not as the scenario says',
    ],
    [
      run([there, { ...back, other: read('web.1', { ...wrong, status: 404 }) }]),
      'broken',
      'What was written through web.2 was missing: GET /notes through web.1 answered 404, not as the scenario says',
    ],
    [
      run([there, { write: write('web.2', { ...wrong, status: 500 }), own: null, other: null }]),
      'broken',
      'What one process takes, web.2 does not: POST /notes through web.2 answered 500, not as the scenario says',
    ],
    [
      run([
        { write: write('web.1', { ...wrong, status: null, failure: 'timeout' }), own: null, other: null },
      ]),
      'unproven',
      'POST /notes through web.1 got no answer: timeout, not as the scenario says, though it is the process that was written to',
    ],
    [
      run([{ write: write('web.1'), own: read('web.1', wrong), other: null }]),
      'unproven',
      'GET /notes through web.1 answered 200, not as the scenario says, though it is the process that was written to',
    ],
    [
      { kind: 'untold' },
      'unproven',
      'The scenario has no request that writes something and none that reads it',
    ],
    [{ kind: 'writes-nothing' }, 'not-applicable', 'The scenario says that no request writes anything'],
    [
      {
        kind: 'unsent',
        why: 'POST /notes cannot be sent to web.2: cannot sign in: POST /login answered 500',
      },
      'unproven',
      'POST /notes cannot be sent to web.2: cannot sign in: POST /login answered 500',
    ],
  ];
  for (const [state, ...expected] of table)
    assert.deepEqual(said(sharesState.judge({ state, session: untold })), expected);
});

test('data that a new process shows was kept, and data that it lacks was lost', () => {
  const lost = { ...restart, reads: [{ write: there.write, read: read('web.3', { ...wrong, atMs: 3 }) }] };
  const table: readonly (readonly [StateRun, ...(readonly string[])])[] = [
    [
      run([there, back]),
      'holds',
      'What was written was read through a new process after all others were killed',
    ],
    [
      run([there], lost),
      'broken',
      'What was written through web.1 was gone after a restart: GET /notes through web.3 answered 200, not as the scenario says',
    ],
    [
      run([{ ...there, other: read('web.2', wrong) }]),
      'holds',
      'What was written was read through a new process after all others were killed',
    ],
    [
      run([there], { ...restart, failure: 'it ended with code 1: x', reads: [] }),
      'unproven',
      'No new web process could be asked after the restart: it ended with code 1: x',
    ],
    [{ kind: 'writes-nothing' }, 'not-applicable', 'The scenario says that no request writes anything'],
  ];
  for (const [state, ...expected] of table)
    assert.deepEqual(said(keepsDataOverARestart.judge({ state, session: untold })), expected);
  assert.deepEqual(shown(keepsDataOverARestart.judge({ state: run([there], lost), session: untold })), [
    '1 web.1 answered 200 to POST /notes',
    '2 web.1 was ended with SIGKILL',
    '3 web.3 answered 200 to GET /notes, not as the scenario says',
  ]);
});

const me = (process: string, more?: Partial<Asked>): Asked => asked(process, 'GET /me', more);
const visit: SessionRun & { readonly kind: 'run' } = {
  kind: 'run',
  begin: asked('web.1', 'POST /login'),
  cookies: ['visit'],
  stranger: me('web.1', wrong),
  own: me('web.1'),
  other: me('web.2'),
  restarted: me('web.3'),
};

test('a session is kept when every process knows the visitor', () => {
  const table: readonly (readonly [SessionRun, ...(readonly string[])])[] = [
    [
      visit,
      'holds',
      'A visitor whom web.1 knows was known by web.2, and by a new process after both were killed',
    ],
    [
      { ...visit, other: me('web.2', wrong) },
      'broken',
      'A visitor whom web.1 knows was forgotten: GET /me through web.2 answered 200, not as the scenario says',
    ],
    [
      { ...visit, restarted: me('web.3', { ...wrong, status: 401 }) },
      'broken',
      'A visitor whom web.1 knows was forgotten after a restart: GET /me through web.3 answered 401, not as the scenario says',
    ],
    [
      { ...visit, stranger: me('web.1'), own: null, other: null, restarted: null },
      'unproven',
      'GET /me through web.1 answered 200 as the scenario says, though without the cookie',
    ],
    [
      { ...visit, cookies: [], stranger: null, own: null, other: null, restarted: null },
      'unproven',
      'POST /login through web.1 answered 200 and gave the visitor no cookie',
    ],
    [
      { ...visit, own: me('web.1', wrong), other: null, restarted: null },
      'unproven',
      'GET /me through web.1 answered 200, not as the scenario says, though it is the process that set the cookie',
    ],
    [{ ...visit, restarted: null }, 'unproven', 'No other web process came up to be asked'],
    [untold, 'not-applicable', 'No answer set a cookie: GET /'],
    [
      { ...untold, packages: ['express-session'] },
      'unproven',
      'The app depends on express-session, no answer set a cookie (GET /), and the scenario has no session',
    ],
    [
      { ...untold, cookies: [{ process: 'web.1', atMs: 1, request: 'GET /', name: 'sid' }] },
      'unproven',
      'The app sets sid as a cookie, and the scenario has no session',
    ],
  ];
  for (const [session, ...expected] of table)
    assert.deepEqual(said(keepsSessions.judge({ session })), expected);
});

const requests = [
  { request: 'GET /', sentAt: 100 },
  { request: 'POST /notes', sentAt: 200 },
  { request: 'GET /notes', sentAt: 300 },
];
const wrote = (atMs: number, path: string): Touch => ({ atMs, path, how: 'write' });
const looked = (atMs: number, path: string): Touch => ({ atMs, path, how: 'read' });

function files(touches: readonly Touch[], more: Partial<LocalFileFacts> = {}): Judgement {
  return readsBackNoLocalFile.judge({
    process: 'web.1',
    failure: null,
    requests,
    touches,
    writes: 'worked',
    ...more,
  });
}

test('a file that one request writes and a later one reads is state of one process', () => {
  const judgement = files([wrote(210, '/app/data/notes.json'), looked(310, '/app/data/notes.json')]);
  assert.deepEqual(said(judgement), [
    'broken',
    'It read /app/data/notes.json, which an earlier request had made it write',
  ]);
  assert.deepEqual(shown(judgement), [
    '210 web.1 wrote /app/data/notes.json after POST /notes',
    '310 web.1 read /app/data/notes.json after GET /notes',
  ]);
});

test('a file that is read within its request, written at start, or kept as a log or a cache is not', () => {
  const innocent: readonly (readonly Touch[])[] = [
    [wrote(210, '/tmp/upload'), looked(220, '/tmp/upload')],
    [wrote(50, '/tmp/templates'), looked(110, '/tmp/templates'), looked(310, '/tmp/templates')],
    [looked(110, '/app/page.html'), looked(310, '/app/page.html')],
    [looked(110, '/tmp/later'), wrote(310, '/tmp/later')],
    [wrote(210, '/app/log/production.log'), looked(310, '/app/log/production.log')],
    [wrote(210, '/tmp/node-compile-cache/a'), looked(310, '/tmp/node-compile-cache/a')],
    [wrote(210, '/dev/null'), looked(310, '/dev/null')],
    [wrote(210, '/proc/self/oom_score_adj'), looked(310, '/proc/self/oom_score_adj')],
  ];
  for (const touches of innocent) assert.equal(files(touches).outcome, 'holds', JSON.stringify(touches));
  assert.deepEqual(said(files([])), [
    'holds',
    'No request made it write a file: GET /, POST /notes, GET /notes',
  ]);
  assert.deepEqual(shown(files([wrote(210, '/app/uploads/a.png')])), [
    '210 web.1 wrote /app/uploads/a.png after POST /notes',
  ]);
});

test('a database in a file is known by the journal that a request makes it write', () => {
  const database = wrote(50, '/app/data.db');
  const judgement = files([database, wrote(210, '/app/data.db-journal')]);
  assert.deepEqual(said(judgement), ['broken', 'It keeps a database on its own disk, at /app/data.db']);
  assert.deepEqual(shown(judgement), ['210 web.1 wrote the journal /app/data.db-journal after POST /notes']);
  assert.equal(files([database, wrote(50, '/app/data.db-wal')]).outcome, 'holds');
  const shipped = looked(50, '/app/data.db');
  assert.equal(files([shipped, wrote(210, '/app/data.db-journal')]).outcome, 'broken');
  assert.equal(files([wrote(210, '/tmp/some-journal')]).outcome, 'holds');
});

test('what no request was known to write is not said to be kept elsewhere', () => {
  assert.equal(files([], { writes: 'untold' }).outcome, 'unproven');
  assert.equal(files([], { writes: 'failed' }).outcome, 'unproven');
  assert.equal(files([], { writes: 'none' }).outcome, 'holds');
  assert.equal(files([wrote(110, '/tmp/n'), looked(210, '/tmp/n')], { writes: 'untold' }).outcome, 'broken');
  assert.deepEqual(said(files([], { failure: 'it ended with code 1: x', requests: [] })), [
    'unproven',
    'No web process served: it ended with code 1: x',
  ]);
});
