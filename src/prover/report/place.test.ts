import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { placeOf } from './place.ts';

test('an app lies where its repository has it, and is shown at what says what is run', (t) => {
  const root = mkdtempSync(path.join(tmpdir(), 'dozen-place-'));
  t.after(() => rmSync(root, { recursive: true }));
  const app = path.join(root, 'apps', 'shop');
  mkdirSync(app, { recursive: true });
  assert.deepEqual(placeOf(app), { prefix: '', anchor: null });
  mkdirSync(path.join(root, '.git'));
  assert.deepEqual(placeOf(app), { prefix: 'apps/shop', anchor: null });
  assert.deepEqual(placeOf(root), { prefix: '', anchor: null });
  writeFileSync(path.join(app, 'package.json'), '{}');
  assert.equal(placeOf(app).anchor, 'package.json');
  writeFileSync(path.join(app, 'app.json'), '{}');
  assert.equal(placeOf(app).anchor, 'app.json');
  writeFileSync(path.join(app, 'Procfile'), 'web: node server.js\n');
  assert.equal(placeOf(app).anchor, 'Procfile');
});
