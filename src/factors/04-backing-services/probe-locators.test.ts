import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../law.ts';
import { type FoundLocator, type LocatorFacts, locatorsComeFromConfig } from './probe-locators.ts';

const clean: LocatorFacts = { locators: [], unread: [] };
const locator = (target: string, fallbackOf: string | null = null): FoundLocator => ({
  target,
  fallbackOf,
  evidence: { kind: 'source', file: 'db.js', line: 4, text: '…' },
});

const table: readonly (readonly [Partial<LocatorFacts>, Outcome, string])[] = [
  [{}, 'holds', "No address of a service stands in the app's code"],
  [{ locators: [locator('redis://cache')] }, 'broken', 'redis://cache stands in the code'],
  [
    { locators: [locator('redis://cache', 'REDIS_URL')] },
    'broken',
    'redis://cache is used when REDIS_URL is not set, instead of stopping',
  ],
  [
    { locators: [locator('localhost:5432'), locator('redis://cache')] },
    'broken',
    'localhost:5432 stands in the code, and one more address does alike',
  ],
  [
    { unread: ['a.js: it is minified'] },
    'unproven',
    "The app's code was not read in full: a.js: it is minified",
  ],
];

test('an address of a service in the code breaks it', () => {
  for (const [facts, outcome, because] of table) {
    const judgement = locatorsComeFromConfig.judge({ ...clean, ...facts });
    assert.deepEqual([judgement.outcome, judgement.because], [outcome, because]);
    assert.equal(judgement.evidence.length > 0, outcome === 'broken');
  }
});
