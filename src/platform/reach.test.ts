import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scratchStore } from '../../test/fixtures/store/scratch-store.ts';
import type { EdgeRules, Engine } from '../engines/engine.ts';
import type { Platform } from './platform.ts';
import { tellReachSince } from './reach.ts';
import { openTurns } from './turns.ts';

test('what changed while a formation was on its way is told after it, and nothing else', async (context) => {
  const store = scratchStore(context).open();
  const app = store.createApp('shop');
  const told: EdgeRules[] = [];
  const clock = { now: () => 0, monotonic: () => 0, sleep: () => new Promise<void>(() => undefined) };
  // Of the engine, only what it is told of the edge is asked for here.
  const engine: Partial<Engine> = {
    async reach(_, edge) {
      told.push(edge);
    },
  };
  const hostsOf = (name: string): string[] => [`${name}.localhost`];
  const platform = {
    store,
    engine: engine as Engine,
    hostsOf,
    turns: openTurns(clock),
  } as Partial<Platform> as Platform;
  const applied = { hosts: ['shop.localhost'], maintenance: false };
  await tellReachSince(platform, app, applied);
  assert.deepEqual(told, []);
  store.addDomain(app.id, 'www.example.org');
  await tellReachSince(platform, app, applied);
  store.setAppSettings(app.id, { maintenance: true });
  await tellReachSince(platform, app, applied);
  const hosts = ['shop.localhost', 'www.example.org'];
  assert.deepEqual(told, [
    { hosts, maintenance: false },
    { hosts, maintenance: true },
  ]);
});
