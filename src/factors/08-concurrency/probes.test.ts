import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { Judgement } from '../law.ts';
import {
  type DoneLine,
  type Exchanged,
  type Job,
  type JobFacts,
  type JobRun,
  runsEachJobOnce,
} from './probe-jobs.ts';
import { type LoadFacts, servesAsOne } from './probe-load.ts';
import {
  startsEveryProcessType,
  staysInTheForeground,
  type TypeProcess,
  writesNoPidFile,
} from './probe-process-types.ts';

const said = ({ outcome, because }: Judgement): readonly string[] => [outcome, because];
const shown = ({ evidence }: Judgement): readonly string[] =>
  evidence.map((each) => (each.kind === 'event' ? `${each.atMs} ${each.process} ${each.what}` : each.text));

const web: TypeProcess = {
  name: 'web.1',
  type: 'web',
  command: 'node server.js',
  startedAt: 100,
  atMs: 2500,
  ending: null,
  failure: null,
  lastLines: ['listening'],
  mainLives: true,
  others: [{ argv: ['node', 'server.js'], sameSession: true, orphan: false }],
  written: [],
};
const worker: TypeProcess = { ...web, name: 'worker.1', type: 'worker', command: 'node worker.js' };
const ended = (how: string): Partial<TypeProcess> => ({
  ending: { atMs: 400, how },
  mainLives: false,
  others: [],
  failure: `it ended with ${how}: bye`,
  lastLines: ['hello', 'bye'],
});

test('a type that ends by itself is no process type', () => {
  const judge = (...processes: readonly TypeProcess[]): Judgement =>
    startsEveryProcessType.judge({ processes });
  assert.deepEqual(said(judge(web, worker)), ['holds', 'Every process type starts and stays: web, worker']);
  const gone = judge(web, { ...worker, ...ended('code 0') });
  assert.deepEqual(said(gone), ['broken', 'worker ended by itself, the first after 300 ms']);
  assert.deepEqual(gone.evidence, [
    {
      kind: 'event',
      process: 'worker.1',
      atMs: 400,
      what: 'ended by itself with code 0: node worker.js',
      bytes: 'hello\nbye',
    },
  ]);
  assert.deepEqual(said(judge({ ...web, failure: 'it listens at no port' })), [
    'unproven',
    'web.1 lives and was never ready: it listens at no port',
  ]);
});

test('a process without a parent in a session of its own is a daemon, and so is one whose command has ended', () => {
  const judge = (...processes: readonly TypeProcess[]): Judgement =>
    staysInTheForeground.judge({ processes });
  const other = { argv: ['node', 'daemon.js'], sameSession: false, orphan: true };
  const table: readonly (readonly [readonly TypeProcess[], ...(readonly string[])])[] = [
    [[web, worker], 'holds', 'Every command stays in the foreground: web, worker'],
    [
      [web, { ...worker, mainLives: false, others: [other] }],
      'broken',
      'The command of worker ended, and what it had started lives on in the background',
    ],
    [
      [{ ...web, mainLives: false, others: [{ ...other, sameSession: true }] }],
      'broken',
      'The command of web ended, and what it had started lives on in the background',
    ],
    [
      [{ ...web, others: [...web.others, other] }],
      'broken',
      'It puts a process into a session of its own and leaves it there',
    ],
    [
      [{ ...web, others: [...web.others, { ...other, orphan: false }] }],
      'holds',
      'Every command stays in the foreground: web',
    ],
    [
      [{ ...web, others: [...web.others, { ...other, sameSession: true }] }],
      'holds',
      'Every command stays in the foreground: web',
    ],
    [[web, { ...worker, ...ended('code 0') }], 'unproven', 'worker had ended before it could be looked at'],
  ];
  for (const [processes, ...expected] of table) assert.deepEqual(said(judge(...processes)), expected);
  assert.deepEqual(shown(judge({ ...web, others: [other] })), [
    '2500 web.1 left a process in the background, in a session of its own',
  ]);
});

test('a PID file is known by its name', () => {
  const judge = (...paths: readonly string[]): Judgement =>
    writesNoPidFile.judge({ processes: [{ ...web, written: paths.map((path) => ({ path, atMs: 200 })) }] });
  for (const path of [
    '/tmp/web.pid',
    '/app/tmp/pids/server',
    '/run/app/pid',
    '/app/server_pid',
    '/var/run/a.pid.2',
  ])
    assert.deepEqual(said(judge(path)), ['broken', `It writes a PID file: ${path}`]);
  const others = [
    '/app/rapid',
    '/tmp/pid.txt',
    '/app/pids.json',
    '/proc/self/pid',
    '/tmp/stupid',
    '/dev/null',
  ];
  assert.deepEqual(said(judge(...others)), ['holds', 'No process opened a PID file to write to it']);
});

const load: LoadFacts = {
  processes: ['web.1', 'web.2', 'web.3'].map((name) => ({ name, failure: null, atMs: 10, answered: 50 })),
  sent: 150,
  requests: ['GET /'],
  failures: [],
  refusals: [],
};
const busy = { process: 'web.2', atMs: 20, request: 'GET /', status: 503, failure: null, body: 'Busy' };

test('several processes serve as one when all start and no request fails', () => {
  const stuck = { name: 'web.3', failure: 'it ended with code 1: taken', atMs: 12, answered: 0 };
  const table: readonly (readonly [LoadFacts, ...(readonly string[])])[] = [
    [load, 'holds', '3 processes answered all of 150 requests: GET /'],
    [{ ...load, failures: [busy] }, 'broken', '1 of 150 requests to 3 processes failed: GET /'],
    [
      { ...load, processes: [...load.processes.slice(0, 2), stuck] },
      'broken',
      'Of 3 web processes that were started at once 2 became ready',
    ],
    [
      { ...load, refusals: [{ ...busy, status: 404 }] },
      'unproven',
      '1 of 150 requests were refused, which shows nothing of a load: GET /',
    ],
    [
      { ...load, failures: [{ ...busy, status: 429 }] },
      'unproven',
      '1 of 150 requests were refused as too many of one visitor',
    ],
    [
      { ...load, failures: [{ ...busy, status: 429 }, busy] },
      'broken',
      '1 of 150 requests to 3 processes failed: GET /',
    ],
    [
      { ...load, processes: [stuck], sent: 0 },
      'unproven',
      'No web process serves: it ended with code 1: taken',
    ],
  ];
  for (const [facts, ...expected] of table) assert.deepEqual(said(servesAsOne.judge(facts)), expected);
  const failures = [busy, { ...busy, atMs: 21, status: null, failure: 'ECONNRESET' }];
  assert.deepEqual(shown(servesAsOne.judge({ ...load, failures })), [
    '20 web.2 answered 503 to GET /',
    '21 web.2 gave no answer to GET /: ECONNRESET',
  ]);
});

const exchanged = (request: string, more: Partial<Exchanged> = {}): Exchanged => ({
  process: 'web.1',
  sentAt: 10,
  atMs: 30,
  request,
  came: '200',
  asExpected: true,
  ...more,
});
const done: Job = { enqueue: exchanged('POST /jobs'), done: exchanged('GET /jobs', { atMs: 130 }) };
const undone: Job = { ...done, done: exchanged('GET /jobs', { atMs: 9000, asExpected: false }) };
const line = (process: string, atMs: number, job: number | null): DoneLine => ({
  process,
  atMs,
  text: `done ${job}`,
  job,
});
const jobs: JobRun = {
  type: 'worker',
  workers: ['worker.1', 'worker.2', 'worker.3'],
  jobs: [done, done],
  lines: [line('worker.1', 100, 0), line('worker.2', 110, 1)],
  wait: { ms: 10_000, isLong: true },
};

test('jobs are shared out when each is done and its line is printed once', () => {
  const of = (more: Partial<JobRun>): JobFacts => ({ kind: 'run', run: { ...jobs, ...more } });
  const table: readonly (readonly [JobFacts, ...(readonly string[])])[] = [
    [of({}), 'holds', '3 workers did 2 jobs, each once'],
    [
      of({ lines: [...(jobs.lines ?? []), line('worker.3', 112, 1)] }),
      'broken',
      '3 workers printed 3 times that a job is done, and there were 2 jobs',
    ],
    [
      of({ jobs: [done, undone] }),
      'broken',
      '1 of 2 jobs were not done within 10000 ms, though the first alone took 120 ms',
    ],
    [
      of({ jobs: [done, undone], wait: { ms: 40_000, isLong: false } }),
      'unproven',
      '1 of 2 jobs were not done within 40000 ms, which is short for jobs of 120 ms',
    ],
    [
      of({ jobs: [undone], wait: null, lines: [] }),
      'unproven',
      'A job was not seen to be done with 3 workers',
    ],
    [
      of({ jobs: [{ enqueue: exchanged('POST /jobs', { came: '500', asExpected: false }), done: null }] }),
      'unproven',
      'POST /jobs through web.1 came to 500, not as the scenario says',
    ],
    [of({ lines: null }), 'unproven', 'All of 2 jobs were done by 3 workers, but nothing tells how often'],
    [
      of({ lines: [line('worker.1', 100, null)] }),
      'unproven',
      'All of 2 jobs were done, but the workers printed 1 lines that match done-line',
    ],
    [{ kind: 'untold', types: [] }, 'not-applicable', 'The app has no process type beside web'],
    [{ kind: 'untold', types: ['clock'] }, 'unproven', 'The scenario has no jobs, and the app has clock'],
  ];
  for (const [facts, ...expected] of table) assert.deepEqual(said(runsEachJobOnce.judge(facts)), expected);
});

test('the lines that would prove it name a process type as a text, whatever it is called', () => {
  const { prove } = runsEachJobOnce.judge({ kind: 'untold', types: ['123'] });
  assert.equal(parse(prove ?? '').jobs.worker, '123');
});

test('the lines of a job that was done twice are shown', () => {
  const lines = [line('worker.1', 100, 0), line('worker.1', 120, 1), line('worker.2', 121, 1)];
  const { evidence } = runsEachJobOnce.judge({ kind: 'run', run: { ...jobs, lines } });
  assert.deepEqual(
    evidence.map((each) => each.kind === 'event' && [each.process, each.bytes]),
    [
      ['worker.1', 'done 1'],
      ['worker.2', 'done 1'],
    ],
  );
});
