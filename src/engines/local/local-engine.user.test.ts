import { testAsUser } from '../../../test/as-user.ts';

testAsUser(
  [
    'src/engines/local/local-engine.test.ts',
    'src/engines/local/walls.test.ts',
    'src/engines/local/cgroups.test.ts',
  ],
  {
    timeoutMs: 150_000,
  },
);
