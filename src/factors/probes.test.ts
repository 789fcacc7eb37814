import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { factors, type ProbeDefinition } from './law.ts';
import { probes } from './probes.ts';

const complete: ProbeDefinition = {
  id: 'logs/writes-no-log-file',
  statement: 'Writes no log file',
  method: 'run',
  why: 'Somebody has to rotate it',
  source: 'https://12factor.net/logs',
  how: 'Look at what it opens',
  blind: 'What it opens later',
  mend: 'Write to standard output',
  fixes: { javascript: 'console.log(1)', python: 'print(1)', ruby: 'puts 1' },
};

test('every probe has a name of its own, under its factor, and says all there is to say', () => {
  assert.deepEqual(faultsOf(probes), []);
});

test('what a definition lacks is seen', () => {
  assert.deepEqual(faultsOf([complete]), []);
  assert.deepEqual(faultsOf([complete, complete]), ['logs/writes-no-log-file: there are two']);
  const faults = (more: object): readonly string[] =>
    faultsOf([{ ...complete, ...more } as ProbeDefinition]).map((fault) => fault.replace(/^\S+: /, ''));
  assert.deepEqual(faults({ id: 'log/writes-no-log-file' }), ['is not FACTOR/STATEMENT']);
  assert.deepEqual(faults({ id: 'logs/Writes_It' }), ['is not FACTOR/STATEMENT']);
  assert.deepEqual(faults({ statement: 'Writes no log file.' }), ['statement has a full stop']);
  assert.deepEqual(faults({ blind: ' ' }), ['blind is empty']);
  assert.deepEqual(faults({ fixes: { ...complete.fixes, ruby: '' } }), ['ruby is empty']);
  assert.deepEqual(faults({ fixes: { javascript: 'x', python: 'x' } }), ['ruby is empty']);
});

test('they stand in the order of the manifesto', () => {
  const order = probes.map(({ id }) => factors.findIndex((factor) => id.startsWith(`${factor}/`)));
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
});

test('no room is left out', () => {
  const rooms = globSync('*/probes.ts', { cwd: import.meta.dirname }).sort();
  const landing = readFileSync(path.join(import.meta.dirname, 'probes.ts'), 'utf8');
  assert.deepEqual(
    rooms.filter((room) => !landing.includes(`'./${room}'`)),
    [],
  );
});

function faultsOf(definitions: readonly ProbeDefinition[]): readonly string[] {
  return definitions.flatMap((definition, at) => {
    const { id, statement, why, source, how, blind, mend, fixes } = definition;
    const texts = { statement, why, source, how, blind, mend };
    const code = { javascript: fixes.javascript, python: fixes.python, ruby: fixes.ruby };
    const slug = factors.find((factor) => id.startsWith(`${factor}/`));
    return [
      ...(definitions.findIndex((other) => other.id === id) === at ? [] : ['there are two']),
      ...(slug !== undefined && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(id.slice(slug.length + 1))
        ? []
        : ['is not FACTOR/STATEMENT']),
      ...(statement.endsWith('.') ? ['statement has a full stop'] : []),
      ...Object.entries({ ...texts, ...code })
        .filter(([, text]) => (text ?? '').trim() === '')
        .map(([name]) => `${name} is empty`),
    ].map((fault) => `${id}: ${fault}`);
  });
}
