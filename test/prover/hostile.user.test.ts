import { testAsUser } from '../as-user.ts';

testAsUser(['test/prover/hostile.test.ts', 'test/prover/stopped.test.ts', 'test/prover/missing.test.ts'], {
  timeoutMs: 500_000,
  packages: true,
});
