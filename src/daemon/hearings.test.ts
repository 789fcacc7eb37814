import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeployEvent } from '../factors/deploy-event.ts';
import type { Hearing } from './changes.ts';
import { hearTargets } from './hearings.ts';

test('targets of a promotion, which tell at once, are heard apart and all closed', async () => {
  const heard: string[][] = [];
  const listen = (): Hearing => {
    const mine: string[] = [];
    heard.push(mine);
    return {
      hear: ({ kind }) => void mine.push(kind),
      close: async () => void mine.push('closed'),
    };
  };
  const { hear, close } = hearTargets(listen);
  const output: DeployEvent = { kind: 'release-output', appId: 'a', version: 1, text: 'migrated' };
  const serving: DeployEvent = { kind: 'serving', hosts: [], urls: [], processes: 1, ms: 1 };
  hear({ kind: 'promotion', id: 'p', what: 'shop v1', targets: ['eu', 'us'] });
  hear({ kind: 'target', app: 'eu', event: output });
  hear({ kind: 'target', app: 'us', event: serving });
  hear({ kind: 'target', app: 'eu', event: serving });
  await close();
  assert.deepEqual(heard, [
    ['promotion', 'closed'],
    ['release-output', 'serving', 'closed'],
    ['serving', 'closed'],
  ]);
});
