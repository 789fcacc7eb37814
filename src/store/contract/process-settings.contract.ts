import assert from 'node:assert/strict';
import type { ProcessSettings } from '../../factors/process-settings.ts';
import { contractTest, type OpenLedger } from './subject.contract.ts';

const silent: ProcessSettings = {
  memory: null,
  cpu: null,
  graceMs: null,
  signal: null,
  replacement: null,
};
const full: ProcessSettings = {
  memory: 512 * 1024 ** 2,
  cpu: 0.5,
  graceMs: 0,
  signal: 'SIGINT',
  replacement: 'one-by-one',
};

export function processSettingsContract(open: OpenLedger): void {
  contractTest(open, "a type's settings are replaced as a whole, and taken back", ({ store, reopen }) => {
    const app = store.createApp('guestbook');
    assert.deepEqual(store.processSettings(app.id), new Map());
    store.setProcessSettings(app.id, 'worker', full);
    store.setProcessSettings(app.id, '__proto__', { ...silent, cpu: 2 });
    assert.deepEqual(
      [...reopen().processSettings(app.id)],
      [
        ['__proto__', { ...silent, cpu: 2 }],
        ['worker', full],
      ],
    );
    store.setProcessSettings(app.id, 'worker', { ...silent, memory: 1 });
    store.setProcessSettings(app.id, '__proto__', null);
    store.setProcessSettings(app.id, 'never-set', null);
    assert.deepEqual(reopen().processSettings(app.id), new Map([['worker', { ...silent, memory: 1 }]]));
  });

  contractTest(open, 'settings that no process can have are refused and change nothing', ({ store }) => {
    const app = store.createApp('guestbook');
    store.setProcessSettings(app.id, 'web', full);
    for (const wrong of [{ memory: 0 }, { cpu: 0 }, { graceMs: -1 }]) {
      assert.throws(() => store.setProcessSettings(app.id, 'web', { ...silent, ...wrong }));
    }
    assert.deepEqual(store.processSettings(app.id), new Map([['web', full]]));
  });

  contractTest(open, 'a destroyed app has no settings of processes', ({ store }) => {
    const app = store.createApp('guestbook');
    store.setProcessSettings(app.id, 'web', full);
    store.destroyApp(app.id);
    assert.deepEqual(store.processSettings(app.id), new Map());
    assert.throws(() => store.setProcessSettings(app.id, 'web', full), {
      code: 'APP_GONE',
      message: 'Cannot set up web: app "guestbook" was destroyed',
    });
  });
}
