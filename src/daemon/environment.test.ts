import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filled, scratchStore } from '../../test/fixtures/store/scratch-store.ts';
import { environmentOf } from './environment.ts';

test('a process has what its builder gives, its config and its credentials', (context) => {
  const store = scratchStore(context).open();
  const { app } = filled(store, 1);
  assert.deepEqual(environmentOf(store, { ownerId: app.id, revision: 1 }), {
    NODE_ENV: 'production',
    HOME: '/app',
    LANG: 'C.UTF-8',
    GREETING: 'hello',
    DATABASE_URL: 'postgres://',
  });
});

test('nothing starts of a release that has no build, or that is not there', (context) => {
  const store = scratchStore(context).open();
  const { id } = store.createApp('guestbook');
  store.createRelease({ appId: id, buildId: null, actor: 'ada', description: 'Set A' });
  assert.throws(() => environmentOf(store, { ownerId: id, revision: 1 }), {
    code: 'RELEASE_NOT_BUILT',
    message: 'Cannot start a process: release 1 has no build',
    hint: 'Deploy the app',
  });
  assert.throws(() => environmentOf(store, { ownerId: id, revision: 2 }), {
    code: 'RELEASE_GONE',
    message: 'Cannot start a process: release 2 is not in the store',
  });
});
