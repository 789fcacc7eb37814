import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BuildFailure, buildsFromACleanClone } from './probe-build.ts';

const commit = '0123456789abcdef0123456789abcdef01234567';

const failed = (change: Partial<BuildFailure> = {}) =>
  buildsFromACleanClone.judge({
    commit,
    result: {
      ok: false,
      code: 'BUILD_FAILED',
      message: 'Cannot build: "npm run build" ended, exit code 1',
      hint: null,
      lastLines: [
        'node:fs:441',
        "Error: ENOENT: no such file or directory, open 'secrets.json'",
        'Node.js v26.10.0',
      ],
      atMs: 900,
      ...change,
    },
  });

test('a commit that was built is named, with who built it and how long it took', () => {
  const judged = buildsFromACleanClone.judge({ commit, result: { ok: true, builder: 'node', tookMs: 1240 } });
  assert.equal(judged.outcome, 'holds');
  assert.equal(
    judged.because,
    'Commit 0123456789ab was built by the node builder in 1.2 s, from its tree alone',
  );
});

test('files without a commit are no clean clone, however well they build', () => {
  const result = { ok: true, builder: 'node', tookMs: 1240 } as const;
  const judged = buildsFromACleanClone.judge({ commit: null, result });
  assert.equal(judged.outcome, 'unproven');
});

test('a build that fails is shown with its code and its last lines, the telling one first', () => {
  const judged = failed();
  assert.equal(judged.outcome, 'broken');
  assert.equal(
    judged.because,
    'Cannot build: "npm run build" ended, exit code 1: Error: ENOENT: no such file or directory, open \'secrets.json\'',
  );
  assert.deepEqual(judged.evidence, [
    {
      kind: 'event',
      process: 'build',
      atMs: 900,
      what: 'ended with BUILD_FAILED: Cannot build: "npm run build" ended, exit code 1',
      bytes: "node:fs:441\nError: ENOENT: no such file or directory, open 'secrets.json'\nNode.js v26.10.0",
    },
  ]);
});

test('what npm says of a script that failed hides not why it did', () => {
  const lastLines = ['> build', 'sh: 1: tidy: not found', 'npm warn Lifecycle script `build` failed'];
  assert.match(failed({ lastLines }).because, /: sh: 1: tidy: not found$/);
});

test('a build that printed nothing is shown by its message', () => {
  assert.equal(failed({ lastLines: [] }).because, 'Cannot build: "npm run build" ended, exit code 1');
});

test('whose fault a build that failed is, follows from its code', () => {
  for (const [code, outcome] of [
    ['BUILD_TIMEOUT', 'broken'],
    ['BUILD_OUT_OF_MEMORY', 'broken'],
    ['BUILD_OUT_OF_DISK', 'broken'],
    ['LOCKFILE_MISSING', 'broken'],
    ['MANIFEST_INVALID', 'broken'],
    ['PROCFILE_MISSING', 'unproven'],
    ['BUILDER_UNKNOWN', 'unproven'],
    ['DISK_FULL', 'unproven'],
    ['RUNTIME_UNAVAILABLE', 'unproven'],
  ] as const)
    assert.equal(failed({ code }).outcome, outcome, code);
});

test('packages that cannot be reached are not the fault of the commit; a script that wants the network is', () => {
  const lastLines = ['npm error code EAI_AGAIN'];
  assert.equal(
    failed({ message: 'Cannot build: "npm ci --include=dev" ended, exit code 1', lastLines }).outcome,
    'unproven',
  );
  assert.equal(failed({ lastLines }).outcome, 'broken');
});

test('a registry that is not trusted is told from one that is away, with what makes it trusted', () => {
  const message = 'Cannot build: "npm ci --include=dev" ended, exit code 1';
  for (const code of [
    'SELF_SIGNED_CERT_IN_CHAIN',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  ]) {
    const judged = failed({ message, lastLines: [`npm error code ${code}`] });
    assert.equal(judged.outcome, 'unproven', code);
    assert.match(judged.because, /, for the registry shows a certificate that is not trusted$/);
    assert.equal(judged.prove, 'NODE_EXTRA_CA_CERTS=/FILE/OF/ITS/CERTIFICATES.pem dozen check');
  }
  const away = failed({ message, lastLines: ['npm error code EAI_AGAIN'] });
  assert.equal(away.prove, 'Check again where packages and disk are');
});
