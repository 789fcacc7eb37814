import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { write } from './builder.contract.ts';
import type { Workshop } from './builder.ts';
import { allBuilders, chooseBuilder } from './choose.ts';

const builders = allBuilders({} as Workshop);

for (const [files, builder, reason] of [
  [['package.json', 'Procfile', 'index.html'], 'node', 'package.json'],
  [['Procfile', 'index.html'], 'procfile', 'Procfile'],
  [['index.html'], 'static', 'index.html'],
  [['dist/index.html'], 'static', 'dist/index.html'],
  [['static.json'], 'static', 'static.json'],
] as const) {
  test(`${files.join(', ')}: the ${builder} builder, by ${reason}`, (t) => {
    const source = path.dirname(write(t, Object.fromEntries(files.map((name) => [name, '']))));
    const choice = chooseBuilder(source, builders);
    assert.deepEqual([choice.builder.name, choice.detection.reason], [builder, reason]);
  });
}

test('a source that no builder knows is refused', (t) => {
  const source = path.dirname(write(t, { 'main.c': '' }));
  assert.throws(() => chooseBuilder(source, builders), {
    code: 'BUILDER_UNKNOWN',
    message: 'Cannot build: no builder knows what this is',
    hint: 'Add a package.json, an index.html or a Procfile, and commit it',
  });
});
