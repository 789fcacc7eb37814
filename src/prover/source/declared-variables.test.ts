import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { parseAppJson } from '../../factors/app-json.ts';
import { declaredVariables } from './declared-variables.ts';

test('a service brings the variable that a deploy of it has', (t) => {
  const root = mkdtempSync(path.join(tmpdir(), 'dozen-test-'));
  t.after(() => rmSync(root, { recursive: true }));
  const plans = ['postgresql:18', 'jawsdb:kitefin', 'cleardb', 'mysql', 'heroku-redis:mini', 'heroku-kafka'];
  const addons = [...plans, { plan: 'nats', as: 'bus' }];
  const text = JSON.stringify({ addons });
  writeFileSync(path.join(root, 'app.json'), text);
  assert.deepEqual(
    declaredVariables({ root, files: ['app.json'], skipped: [] }),
    parseAppJson(text).services.map(({ variable }) => variable),
  );
});
