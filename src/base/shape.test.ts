import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  choice,
  documentPlace,
  fields,
  integer,
  list,
  optional,
  type Shape,
  secondsAsMs,
  table,
  text,
  truth,
} from './shape.ts';

const place = documentPlace((complaint) => new Error(complaint));

function complaint(shape: Shape<unknown>, value: unknown): string {
  try {
    shape(value, place);
  } catch (error) {
    return (error as Error).message;
  }
  return assert.fail('accepted');
}

const person = fields(
  { name: text(), age: optional(integer({ min: 0, max: 150 }), null) },
  { others: 'refused' },
);

test('what fits becomes the domain type', () => {
  assert.deepEqual(person({ name: 'Ada' }, place), { name: 'Ada', age: null });
  assert.deepEqual(list(truth())([true, false], place), [true, false]);
  assert.deepEqual([...table(text(), text())({ a: 'b' }, place)], [['a', 'b']]);
  assert.equal(choice(['a', 'b'])('b', place), 'b');
  assert.equal(secondsAsMs({ min: 0, max: 9 })(1.0005, place), 1001);
});

test('a complaint begins with the path of its place', () => {
  const people = fields({ people: list(table(text(), person)) }, { others: 'ignored' });
  assert.equal(
    complaint(people, { people: [{}, { 'a b': { name: 'Ada', age: -1 } }] }),
    'people[1]["a b"].age: expected a whole number from 0 to 150, got -1',
  );
});

test('a complaint at the document itself has no path', () => {
  assert.equal(complaint(person, null), 'expected an object, got null');
});

test('a member that is absent is told from one that is null', () => {
  assert.equal(complaint(person, {}), 'name: expected a text, got nothing');
  assert.equal(complaint(person, { name: null }), 'name: expected a text, got null');
});

test('a member that is inherited is absent', () => {
  const odd = fields({ constructor: text() }, { others: 'ignored' });
  assert.equal(complaint(odd, {}), 'constructor: expected a text, got nothing');
});

test('a member that is not known is refused where it must be', () => {
  assert.equal(complaint(person, { name: 'Ada', nam: 1 }), 'nam: not known here; known are name, age');
  assert.equal(
    complaint(person, JSON.parse('{"name": "Ada", "__proto__": 1}')),
    '__proto__: not known here; known are name, age',
  );
});

test('a long value is shown by its beginning', () => {
  assert.equal(complaint(truth(), 'x'.repeat(500)), `expected true or false, got "${'x'.repeat(80)}"…`);
});
