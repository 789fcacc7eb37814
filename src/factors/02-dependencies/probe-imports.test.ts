import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../law.ts';
import { type FoundImport, type ImportFacts, importsOnlyWhatItDeclares } from './probe-imports.ts';

const found = (name: string): FoundImport => ({
  package: name,
  evidence: { kind: 'source', file: 'server.js', line: 1, text: `import '${name}'` },
});
const clean: ImportFacts = { undeclared: [], development: [], unread: [] };

const table: readonly (readonly [Partial<ImportFacts>, Outcome, string])[] = [
  [{}, 'holds', "All packages that the app's code imports are declared"],
  [{ undeclared: [found('pg')] }, 'broken', 'pg is imported and not declared'],
  [{ undeclared: [found('pg'), found('pg'), found('ws')] }, 'broken', 'pg, ws are imported and not declared'],
  [
    { undeclared: ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(found) },
    'broken',
    'a, b, c, d, e and 2 more are imported and not declared',
  ],
  [
    { development: [found('ws')] },
    'broken',
    'ws is imported by the app and declared for development only, which production leaves out',
  ],
  [
    { unread: ['a.js: it is minified'] },
    'unproven',
    "The app's code was not read in full: a.js: it is minified",
  ],
  [
    { undeclared: [found('pg')], unread: ['a.js: it is minified'] },
    'broken',
    'pg is imported and not declared',
  ],
];

test('a package that is not declared for production breaks it', () => {
  for (const [facts, outcome, because] of table) {
    const judgement = importsOnlyWhatItDeclares.judge({ ...clean, ...facts });
    assert.deepEqual([judgement.outcome, judgement.because], [outcome, because]);
    assert.equal(judgement.evidence.length > 0, outcome === 'broken');
  }
});

test('evidence is kept to what a reader follows', () => {
  const undeclared = Array.from({ length: 100 }, (_, index) => found(`p${index}`));
  assert.equal(importsOnlyWhatItDeclares.judge({ ...clean, undeclared }).evidence.length, 20);
});
