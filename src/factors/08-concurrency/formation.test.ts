import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fitFormation, parseScaling, quantityLimit, quantityOf, scale } from './formation.ts';

const none = { current: {}, declared: {} };

/** Without a prototype in the result, `deepEqual` compares entries. */
function fitted(types: readonly string[], known: Partial<typeof none>): [string, number][] {
  return Object.entries(fitFormation(types, { ...none, ...known }));
}

test('an app begins with one web process and none of any other type', () => {
  assert.deepEqual(fitted(['worker', 'web'], {}), [
    ['worker', 0],
    ['web', 1],
  ]);
});

test('an app without a web type begins with one process of its first', () => {
  assert.deepEqual(fitted(['bot', 'worker'], {}), [
    ['bot', 1],
    ['worker', 0],
  ]);
  assert.deepEqual(fitted([], {}), []);
});

test('what app.json declares goes before the default, what was scaled before goes before both', () => {
  assert.deepEqual(
    fitted(['web', 'worker', 'bot'], { declared: { web: 2, worker: 3 }, current: { worker: 0 } }),
    [
      ['web', 2],
      ['worker', 0],
      ['bot', 0],
    ],
  );
});

test('a type that is gone from the build is gone from the formation', () => {
  assert.deepEqual(fitted(['web'], { current: { web: 4, worker: 2 } }), [['web', 4]]);
});

test('a declared type that the build lacks is refused', () => {
  assert.throws(() => fitted(['web'], { declared: { wroker: 1 } }), {
    code: 'FORMATION_TYPE_UNKNOWN',
    message: 'Cannot scale "wroker": the app has no such process type',
    hint: 'Use one of its process types (web), or add a line for it to Procfile',
  });
});

test('names that objects inherit are ordinary types', () => {
  const formation = fitFormation(['__proto__', 'constructor'], none);
  assert.deepEqual(Object.entries(formation), [
    ['__proto__', 1],
    ['constructor', 0],
  ]);
  assert.equal(quantityOf({}, 'constructor'), null);
  assert.equal(quantityOf(scale(formation, [parseScaling('__proto__=7')]), '__proto__'), 7);
});

test('a scaling sets, adds or takes away', () => {
  assert.deepEqual(parseScaling('web=3'), { type: 'web', kind: 'set', quantity: 3 });
  assert.deepEqual(parseScaling('worker+1'), { type: 'worker', kind: 'add', quantity: 1 });
  assert.deepEqual(parseScaling('my-web-1-12'), { type: 'my-web-1', kind: 'add', quantity: -12 });
});

test('a text that is no scaling is refused', () => {
  for (const text of [
    '',
    'web',
    'web=',
    '=1',
    'web==1',
    'web=-1',
    'web=1.5',
    'web=1000',
    'web.1=2',
    'web=1\n',
  ]) {
    assert.throws(() => parseScaling(text), {
      code: 'SCALING_INVALID',
      message: `Cannot scale to ${JSON.stringify(text)}: not a quantity`,
      hint: 'Write type=quantity, type+more or type-less, for example web=3',
    });
  }
});

test('a formation is scaled in the order of the wishes, and what is not named stays', () => {
  const scaled = scale({ web: 1, worker: 5 }, ['web=3', 'web-1'].map(parseScaling));
  assert.deepEqual(Object.entries(scaled), [
    ['web', 2],
    ['worker', 5],
  ]);
});

test('a type that the app lacks cannot be scaled', () => {
  assert.throws(() => scale({ web: 1, bot: 0 }, [parseScaling('toString=1')]), {
    code: 'FORMATION_TYPE_UNKNOWN',
    message: 'Cannot scale "toString": the app has no such process type',
    hint: 'Use one of its process types (web, bot), or add a line for it to Procfile',
  });
});

test('a quantity out of bounds is refused with the nearest one', () => {
  assert.throws(() => scale({ web: 1 }, [parseScaling('web-2')]), {
    code: 'FORMATION_OUT_OF_BOUNDS',
    message: 'Cannot scale web from 1 to -1: a process type has from 0 to 100 processes',
    hint: 'Ask for a quantity within the bounds, for example web=0',
  });
  assert.throws(() => scale({ web: 1 }, [parseScaling('web=101')]), {
    code: 'FORMATION_OUT_OF_BOUNDS',
    message: 'Cannot scale web from 1 to 101: a process type has from 0 to 100 processes',
    hint: 'Ask for a quantity within the bounds, for example web=100',
  });
});

const type = fc.oneof(fc.constantFrom('web', '__proto__', 'worker'), fc.stringMatching(/^[\w-]{1,6}$/));
const types = fc.uniqueArray(type, { maxLength: 6 });
const current = fc.dictionary(type, fc.integer({ min: 0, max: quantityLimit }));

test('a fitted formation has exactly the types of the build, within bounds, and fits itself', () => {
  fc.assert(
    fc.property(types, current, (given, before) => {
      const formation = fitFormation(given, { current: before, declared: {} });
      assert.deepEqual(Object.keys(formation).sort(), [...given].sort());
      assert.deepEqual(fitFormation(given, { current: formation, declared: {} }), formation);
      for (const name of given) assert.ok((formation[name] ?? -1) >= 0);
    }),
  );
});

test('scaling up and down by the same number changes nothing', () => {
  fc.assert(
    fc.property(type, fc.nat(50), fc.nat(50), (name, before, more) => {
      const formation = scale(fitFormation([name], none), [parseScaling(`${name}=${before}`)]);
      const back = scale(formation, [parseScaling(`${name}+${more}`), parseScaling(`${name}-${more}`)]);
      assert.deepEqual(back, formation);
    }),
  );
});
