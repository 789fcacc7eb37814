import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BuildFailure, buildsFromACleanClone } from './01-codebase/probe-build.ts';
import { containsAllItsCode, type Missing } from './01-codebase/probes.ts';
import { importsOnlyWhatItDeclares } from './02-dependencies/probe-imports.ts';
import { type LockedManifest, locksVersions } from './02-dependencies/probe-manifest.ts';
import { buildsWithDeclaredTools } from './02-dependencies/probe-run.ts';
import { failsLoudly } from './03-config/probe-required-variables.ts';
import type { RunWithout, VariableFacts } from './03-config/probe-variable-facts.ts';
import { startsWithDeclared } from './03-config/probe-variables.ts';
import { type LossFacts, survivesLoss } from './04-backing-services/probe-attached.ts';
import { buildsReproducibly } from './05-build-release-run/probe-build.ts';
import { declaresHowItIsRun } from './05-build-release-run/probe-declared.ts';
import { buildsNothingAtStart } from './05-build-release-run/probe-start.ts';
import { listensOnItsPort, type PortProcess } from './07-port-binding/probes.ts';
import { startsEveryProcessType, type TypeProcess } from './08-concurrency/probe-process-types.ts';
import { type JobStop, returnsItsJob } from './09-disposability/probe-job.ts';
import { survivesSigkill } from './09-disposability/probe-kill.ts';
import {
  dropsNoNewRequests,
  finishesRequestsOnSigterm,
  type NewRequest,
} from './09-disposability/probe-requests.ts';
import { namesTheSameKindsOfServices } from './10-dev-prod-parity/probe-services.ts';
import { type CommandCode, shipsAdminCodeWithTheApp } from './12-admin-processes/probe-declared.ts';
import { canBeRunTwice } from './12-admin-processes/probe-run.ts';
import type { Evidence, Judgement } from './law.ts';

const at: Evidence = { kind: 'source', file: 'a', line: 1, text: 'a' };

/** What is said to mend it; the probe's own words are `own`. */
function mendOf({ outcome, mend }: Judgement): string {
  assert.equal(outcome, 'broken');
  return mend ?? 'own';
}

test('a build that fails is told what its builder knows, and to commit a file only when one is missing', () => {
  const failed = (change: Partial<BuildFailure>): string =>
    mendOf(
      buildsFromACleanClone.judge({
        commit: null,
        result: {
          ok: false,
          code: 'BUILD_FAILED',
          message: 'm',
          hint: 'h',
          lastLines: [],
          atMs: 0,
          ...change,
        },
      }),
    );
  const hint = 'Run "npm install --package-lock-only" and commit package-lock.json';
  assert.equal(failed({ code: 'LOCKFILE_MISSING', hint }), hint);
  assert.equal(failed({ lastLines: ["ENOENT: no such file or directory, open 'a.json'"] }), 'own');
  assert.equal(failed({ lastLines: ["Error: Cannot find module '../shared/a.js'"] }), 'own');
  assert.match(failed({ lastLines: ['sh: 1: tsc: not found'] }), /^Declare the program/);
  assert.equal(failed({ lastLines: ['sh: 1: ./make.sh: not found'] }), 'own');
  assert.match(failed({ lastLines: ['Error: spawn protoc ENOENT'] }), /^Declare the program/);
  assert.match(failed({ lastLines: ['a.ts(1,1): error TS1005'] }), /^Build a clean clone/);
});

test('code and packages that are missing are told from those that are there in a wrong way', () => {
  const missing = (...kinds: readonly Missing['kind'][]): string =>
    mendOf(containsAllItsCode.judge({ missing: kinds.map((kind) => ({ kind, name: 'a', at })) }));
  assert.match(missing('pointer'), /Git LFS/);
  assert.equal(missing('pointer', 'submodule'), 'own');

  const tool = (line: string): string =>
    mendOf(buildsWithDeclaredTools.judge({ built: false, message: 'm', lastLines: [line], atMs: 0 }));
  assert.equal(tool('sh: 1: esbuild: not found'), 'own');
  assert.match(tool('gyp ERR! stack Error: not found: make'), /need no compiler/);

  const imported = [{ package: 'a', evidence: at }];
  const none = { undeclared: [], development: [], unread: [] };
  assert.equal(mendOf(importsOnlyWhatItDeclares.judge({ ...none, undeclared: imported })), 'own');
  assert.match(
    mendOf(importsOnlyWhatItDeclares.judge({ ...none, development: imported })),
    /^Move the package/,
  );

  const locked = (change: Partial<LockedManifest>): string =>
    mendOf(
      locksVersions.judge({
        manifests: [{ file: 'a', dependencies: 1, locks: [], at: [at], pinsItself: false, ...change }],
      }),
    );
  assert.equal(locked({}), 'own');
  assert.match(locked({ locks: ['a', 'b'] }), /remove the others/);
  assert.match(locked({ pinsItself: true }), /==/);
});

const variables: VariableFacts = {
  given: [],
  releaseFailure: null,
  starts: [{ process: 'web.1', atMs: 1, failure: null }],
  removals: [],
  own: [],
  changes: [],
};

test('a start that misses no variable is not told to declare one', () => {
  const failing = (why: string): string =>
    mendOf(
      startsWithDeclared.judge({
        ...variables,
        starts: [{ process: 'web.1', atMs: 1, failure: { process: 'web.1', atMs: 1, why, lastLines: [] } }],
      }),
    );
  assert.equal(failing('it ended with code 1: MAIL_URL is not set'), 'own');
  assert.match(failing('it ended with code 1: SyntaxError: Unexpected token'), /^Mend what ends web\.1/);
});

test('a process that goes on without a variable is told otherwise than one that ends in silence', () => {
  const without = (change: Partial<RunWithout>): string => {
    const run: RunWithout = {
      process: 'web.2',
      atMs: 1,
      did: 'ended',
      what: 'w',
      endedWell: false,
      naming: null,
      lastLine: null,
      ...change,
    };
    return mendOf(failsLoudly.judge({ ...variables, removals: [{ variable: 'KEY', runs: [run] }] }));
  };
  assert.equal(without({}), 'own');
  assert.match(without({ endedWell: true, naming: 'KEY' }), /another code than 0/);
  assert.match(without({ did: 'serves' }), /"required": false/);
});

test('a worker that loses its service is not told to answer requests', () => {
  const asked = { request: 'GET /', atMs: 1, answer: '200', asExpected: true };
  const loss: LossFacts = {
    request: 'GET /',
    connections: 1,
    before: asked,
    downAtMs: 2,
    upAtMs: 3,
    during: [],
    recovered: asked,
    lastFailed: null,
    limitMs: 10_000,
    ended: [],
    processes: [],
  };
  const lost = (change: Partial<LossFacts>): string =>
    mendOf(
      survivesLoss.judge({
        services: [{ kind: 'redis', variable: 'REDIS_URL', oldPort: 1, newPort: 2 }],
        moved: { process: 'web.1', atMs: 1, failure: null, exchange: null, connects: [] },
        loss: { ...loss, ...change },
      }),
    );
  const gone = (process: string) => ({ process, atMs: 2, how: 'ended', lastLines: [] });
  assert.match(lost({ ended: [gone('web.1'), gone('worker.1')] }), /503/);
  assert.doesNotMatch(lost({ ended: [gone('worker.1')] }), /503|request/);
  assert.match(lost({ recovered: null }), /pool/);
});

test('what is built, declared and started is mended by the way it is wrong', () => {
  const again = { digest: 'b', atMs: 1, differing: ['dist/a.js'] };
  assert.equal(mendOf(buildsReproducibly.judge({ digest: 'a', again })), 'own');
  assert.match(
    mendOf(buildsReproducibly.judge({ digest: 'a', again: { ...again, differing: [] } })),
    /the same modes/,
  );

  const declared = { file: 'Procfile', commands: [], complaint: null, absence: at, site: false };
  const steps = ['node migrate.js', 'node server.js'];
  const command = { type: 'web', command: 'c', steps, at };
  assert.equal(mendOf(declaresHowItIsRun.judge({ ...declared, commands: [command] })), 'own');
  assert.match(mendOf(declaresHowItIsRun.judge({ ...declared, file: null })), /web: COMMAND/);
  assert.match(
    mendOf(declaresHowItIsRun.judge({ ...declared, complaint: { message: 'm', at } })),
    /TYPE: COMMAND/,
  );

  const starts = (...argv: readonly string[]): string =>
    mendOf(
      buildsNothingAtStart.judge({
        ready: [],
        failure: null,
        started: [{ process: 'web.1', argv, atMs: 1 }],
        written: [],
      }),
    );
  assert.equal(starts('npm', 'ci'), 'own');
  assert.match(starts('curl', 'https://example.com'), /^Make what is fetched a dependency/);
});

test('a port that nobody listens at is mended otherwise than another port', () => {
  const port = (listeners: readonly number[]): string => {
    const one: PortProcess = {
      name: 'web.1',
      port: 5000,
      listeners: listeners.map((each) => ({ address: '::', port: each, argv: [], program: '/opt/node' })),
      answered: false,
      failure: null,
      atMs: 1,
    };
    return mendOf(listensOnItsPort.judge({ processes: [one] }));
  };
  assert.equal(port([3000]), 'own');
  assert.match(port([]), /^Mend what keeps it from listening/);
  assert.match(port([5000]), /^It listens there/);
});

test('a process type that crashes is not told to become a one-off', () => {
  const ended = (type: string, how: string): string => {
    const one: TypeProcess = {
      name: `${type}.1`,
      type,
      command: 'node a.js',
      startedAt: 0,
      atMs: 9,
      ending: { atMs: 5, how },
      failure: null,
      lastLines: [],
      mainLives: false,
      others: [],
      written: [],
    };
    return mendOf(startsEveryProcessType.judge({ processes: [one] }));
  };
  assert.equal(ended('migrate', 'code 0'), 'own');
  assert.match(ended('worker', 'code 1'), /^Mend what ends it/);
  assert.match(ended('web', 'code 0'), /^Mend what ends it/);
});

test('a stop that goes wrong is mended by what went wrong', () => {
  const stop: JobStop = {
    signal: 'SIGTERM',
    process: 'worker.1',
    enqueuedAtMs: 1,
    enqueued: true,
    takenLine: null,
    takenAtMs: 2,
    doneBefore: false,
    signalledAtMs: 3,
    endedAfterMs: 1,
    waitedMs: 1,
    successor: 'worker.2',
    doneAtMs: null,
    gaveUpAtMs: 9,
  };
  assert.equal(mendOf(returnsItsJob.judge({ worker: 'worker', stops: [stop] })), 'own');
  assert.match(
    mendOf(returnsItsJob.judge({ worker: 'worker', stops: [{ ...stop, endedAfterMs: null }] })),
    /^On SIGTERM/,
  );

  const killed = { process: 'web.1', killedAtMs: 1, restartFailure: null, restartedAtMs: 2 };
  const write = { token: 't', sentAt: 0, acknowledgedAt: 1, shown: 'absent' } as const;
  assert.equal(mendOf(survivesSigkill.judge({ ...killed, writes: [write] })), 'own');
  assert.match(mendOf(survivesSigkill.judge({ ...killed, restartFailure: 'f', writes: [] })), /PID files/);
  assert.match(
    mendOf(survivesSigkill.judge({ ...killed, writes: [{ ...write, shown: 'half' }] })),
    /one transaction/,
  );

  const stopping = { process: 'web.1', sigtermAtMs: 1, before: 200, slow: null, rounds: [] };
  const slow = (status: number | null): string => {
    const failure = status === null ? 'ECONNRESET' : null;
    const fact = { request: 'GET /', by: 'itself', sentAt: 0, atMs: 2, inFlight: true, body: '' } as const;
    return mendOf(
      finishesRequestsOnSigterm.judge({ ...stopping, slow: { ...fact, status, failure, asExpected: false } }),
    );
  };
  assert.equal(slow(null), 'own');
  assert.match(slow(500), /when the last one in flight is answered/);

  const dropped = (...round: readonly Partial<NewRequest>[]): string => {
    const requests = round.map((one) => ({ sentAt: 0, atMs: 1, status: null, failure: null, ...one }));
    return mendOf(dropsNoNewRequests.judge({ ...stopping, rounds: [requests] }));
  };
  assert.equal(dropped({ failure: 'timeout' }, { status: 503 }), 'own');
  assert.match(dropped({ status: 503 }), /close the listener at once/);
});

test('a driver, a command that is left out, and data that is spoilt have mends of their own', () => {
  const named = (kind: 'postgres' | 'mysql', stage: 'production' | 'tests') =>
    ({ kind, stage, version: null, at }) as const;
  const driver = { name: 'pg', speaks: ['postgres'], at } as const;
  const kinds = (facts: { named: ReturnType<typeof named>[]; drivers: (typeof driver)[] }): string =>
    mendOf(namesTheSameKindsOfServices.judge({ ...facts, unread: [] }));
  assert.equal(
    kinds({ named: [named('postgres', 'production'), named('mysql', 'tests')], drivers: [] }),
    'own',
  );
  assert.match(kinds({ named: [named('mysql', 'production')], drivers: [driver] }), /^Declare a driver/);

  const ships = (...codes: readonly CommandCode[]): string =>
    mendOf(shipsAdminCodeWithTheApp.judge({ commands: codes.map((code) => ({ command: 'c', at, code })) }));
  const missing = { kind: 'missing', what: 'a.js' } as const;
  const ignored = { kind: 'ignored', what: 'b.js', by: at } as const;
  assert.equal(ships(missing, ignored), 'own');
  assert.match(ships(missing), /^Commit what the command names/);
  assert.match(ships(ignored), /\.slugignore$/);

  const end = (failure: string | null) => ({ process: 'run.1', failure, lastLines: [], atMs: 1 });
  const twice = (failure: string | null): string =>
    mendOf(
      canBeRunTwice.judge({
        commands: [{ command: 'c', runs: [end(null), end(failure)] }],
        unlisted: [],
        answers: [
          { process: 'web.1', request: 'GET /', rightBefore: true, rightAfter: false, result: 'r', atMs: 1 },
        ],
      }),
    );
  assert.equal(twice('code 1'), 'own');
  assert.match(twice(null), /^Let the command leave alone/);
});
