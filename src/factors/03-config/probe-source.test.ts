import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Evidence, Judgement, Outcome } from '../law.ts';
import {
  type Branch,
  type CredentialFacts,
  type DeclarationFacts,
  declaresItsVariables,
  doesNotBranchOnEnvironmentNames,
  type EnvironmentNameFacts,
  type HistoryFacts,
  hasNoCredentialsInCode,
  hasNoCredentialsInHistory,
} from './probe-source.ts';

type Row<Facts> = readonly [Partial<Facts>, Outcome, string];

function judges<Facts>(
  probe: { readonly judge: (facts: Facts) => Judgement },
  clean: Facts,
  table: readonly Row<Facts>[],
): void {
  for (const [facts, outcome, because] of table) {
    const judgement = probe.judge({ ...clean, ...facts });
    assert.deepEqual([judgement.outcome, judgement.because], [outcome, because]);
    assert.equal(judgement.evidence.length > 0, outcome === 'broken');
  }
}

const evidence: Evidence = { kind: 'source', file: 'server.js', line: 1, text: '…' };
const credential = (what: string) => ({ what, evidence });

test('a credential in the code breaks it', () => {
  const fallback = (variable: string) => ({ variable, evidence });
  judges<CredentialFacts>(hasNoCredentialsInCode, { found: [], fallbacks: [], unread: [] }, [
    [
      {},
      'holds',
      'No credential of a known form stands in any file of text, and no text stands in for a secret that is not set',
    ],
    [{ fallbacks: null }, 'holds', 'No credential of a known form stands in any file of text'],
    [
      { fallbacks: [fallback('JWT_SECRET'), fallback('JWT_SECRET')] },
      'broken',
      'A text in the code is used when JWT_SECRET is not set',
    ],
    [
      { found: [credential('a private key')], fallbacks: ['A', 'B', 'C', 'D'].map(fallback) },
      'broken',
      'A private key stands in the code; A text in the code is used when A, B, C and 1 more are not set',
    ],
    [{ found: [credential('a private key')] }, 'broken', 'A private key stands in the code'],
    [
      { found: [credential('a private key'), credential('a private key')] },
      'broken',
      'A private key stands in the code, at 2 places',
    ],
    [
      { found: [credential('a private key'), credential('a token of npm')] },
      'broken',
      'A private key, a token of npm stand in the code',
    ],
    [{ unread: ['a: it is large'] }, 'unproven', 'Not all files could be searched: a: it is large'],
  ]);
});

test('a credential in the history breaks it, and a history that is cut off proves nothing', () => {
  judges<HistoryFacts>(hasNoCredentialsInHistory, { found: [], cutOff: null }, [
    [{}, 'holds', 'No credential of a known form stands in what earlier commits added'],
    [{ cutOff: 'The clone is shallow' }, 'unproven', 'The clone is shallow'],
    [
      { cutOff: 'The clone is shallow', found: [credential('a token of npm')] },
      'broken',
      'A token of npm stands in earlier commits',
    ],
  ]);
  const shallow = { found: [], cutOff: 'The clone is shallow', prove: 'git fetch --unshallow' };
  assert.equal(hasNoCredentialsInHistory.judge(shallow).prove, 'git fetch --unshallow');
});

test('a branch on the name of an environment breaks it', () => {
  const branch = (use: Branch['use'], values: readonly string[] = []): Branch => {
    return { variable: 'NODE_ENV', use, values, evidence };
  };
  const compared = branch('compared', ['production']);
  judges<EnvironmentNameFacts>(doesNotBranchOnEnvironmentNames, { branches: [], unread: [] }, [
    [{}, 'holds', "The name of an environment decides nothing in the app's code"],
    [{ branches: [compared] }, 'broken', 'NODE_ENV is compared with production'],
    [
      { branches: [branch('switched', ['a', 'b']), compared] },
      'broken',
      'NODE_ENV is switched on, with cases for a, b, and there is one more place like it',
    ],
    [
      { branches: [branch('index'), compared, compared] },
      'broken',
      'NODE_ENV chooses a group of settings, and there are 2 more places like it',
    ],
    [{ branches: [branch('file-name')] }, 'broken', 'NODE_ENV chooses a file'],
    [{ unread: ['a'] }, 'unproven', "The app's code was not read in full: a"],
  ]);
});

test('a variable that nothing declares breaks it', () => {
  const read = (...names: readonly string[]) => names.map((name) => ({ name, evidence }));
  const clean: DeclarationFacts = { read: [], declared: ['A', 'B'], passedOn: [], unread: [] };
  judges<DeclarationFacts>(declaresItsVariables, clean, [
    [{}, 'not-applicable', "The app's code reads no variable"],
    [
      { read: read('A') },
      'holds',
      'The one variable that the code names is declared or given by every platform',
    ],
    [
      { read: read('A', 'PORT', 'LC_ALL', 'http_proxy') },
      'holds',
      'All 4 variables that the code names are declared or given by every platform',
    ],
    [{ read: read('A', 'C') }, 'broken', 'C is read and not declared'],
    [{ read: read('C', 'D') }, 'broken', 'C, D are read and not declared'],
    [
      { passedOn: [evidence] },
      'unproven',
      'The environment is handed on as a whole, and no variable is read by its name',
    ],
    [{ read: read('A'), unread: ['a'] }, 'unproven', "The app's code was not read in full: a"],
  ]);
});
