import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scratchStore } from '../../test/fixtures/store/scratch-store.ts';
import { userError } from '../base/error.ts';
import { Secret } from '../factors/03-config/secret.ts';
import { revision } from '../store/contract/subject.contract.ts';
import { deploy } from './deploy.ts';
import type { BuildRunner, Platform } from './platform.ts';

test('a build that fails is kept with who asked for it and why it failed', async (context) => {
  const store = scratchStore(context).open();
  const failing: BuildRunner = {
    run({ onEvent }) {
      onEvent({ kind: 'source', revision, files: 1, bytes: 1 });
      onEvent({ kind: 'builder', name: 'node', reason: 'package.json' });
      return Promise.reject(userError('BUILD_FAILED', 'Cannot build: `npm ci` ended with exit code 1'));
    },
  };
  // A build that fails has reached nothing else of the platform.
  const platform = { store, builds: failing, clock: { monotonic: () => 0 } } as Partial<Platform> as Platform;
  const order = {
    appName: 'guestbook',
    source: { kind: 'folder', folder: '/', from: 'commit' },
    actor: 'ada',
    newCodebase: false,
    secret: () => new Secret(''),
  } as const;
  const telling = { tell: () => undefined, signal: new AbortController().signal };
  await assert.rejects(deploy(platform, order, telling), { code: 'BUILD_FAILED' });
  const [build] = store.builds(store.findApp('guestbook')?.id ?? '');
  assert.deepEqual([build?.status, build?.actor, build?.reason], ['failed', 'ada', 'BUILD_FAILED']);
});
