import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureHint } from './failure-hint.ts';

test('a certificate that is not trusted leads to the setting, whoever names it', () => {
  for (const line of [
    'npm error code SELF_SIGNED_CERT_IN_CHAIN',
    'Error: unable to verify the first certificate; code: UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ' ERR_PNPM_META_FETCH_FAIL  UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  ])
    assert.match(
      failureHint(`first\n${line}`),
      /^Start .* NODE_EXTRA_CA_CERTS=FILE, .*\nfirst\n.*[A-Z_]{20}/s,
    );
});

test('anything else can be seen in a clean clone, and the last lines are told', () => {
  assert.equal(
    failureHint('TypeError: x is no function'),
    'Run it in a clean clone to see the same. Its last lines:\nTypeError: x is no function',
  );
});
