import { testAsUser } from '../../../test/as-user.ts';

testAsUser(['src/git/server/git-server.test.ts', 'src/git/server/hostile-push.test.ts'], {
  timeoutMs: 180_000,
});
