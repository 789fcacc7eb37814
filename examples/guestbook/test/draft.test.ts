import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDraft } from '../src/entries.ts';
import { drawStamp } from '../src/stamp.ts';

test('a draft is kept as written, without control characters and surplus white space', () => {
  assert.deepEqual(
    parseDraft({ name: ' Ada\u0000 \n Lovelace ', message: 'one\r\ntwo\n\n\n\nthree\u001b[31m' }),
    {
      kind: 'valid',
      draft: { name: 'Ada Lovelace', message: 'one\ntwo\n\nthree[31m' },
    },
  );
});

test('a draft counts characters as people do, not as UTF-16 does', () => {
  assert.equal(parseDraft({ name: '🦉'.repeat(60), message: 'hu' }).kind, 'valid');
  assert.equal(parseDraft({ name: '🦉'.repeat(61), message: 'hu' }).kind, 'invalid');
});

test('a draft that is empty, too long or not text says what to change', () => {
  assert.deepEqual(parseDraft({ name: ['Ada'], message: 'x'.repeat(501) }), {
    kind: 'invalid',
    draft: { name: '', message: 'x'.repeat(501) },
    faults: { name: 'Please write a name', message: 'Please keep to 500 characters' },
  });
});

const stampedAt = new Date('2026-02-01T10:00:00Z');

test('an entry always gets the same stamp, another entry another one', () => {
  const entry = { entryId: 1, name: 'Ada', message: 'hello', stampedAt };
  assert.equal(drawStamp(entry), drawStamp(entry));
  assert.notEqual(drawStamp(entry), drawStamp({ ...entry, message: 'bye' }));
});

test('a stamp carries nothing that the visitor wrote', () => {
  for (let entryId = 0; entryId < 200; entryId += 1) {
    const stamp = drawStamp({ entryId, name: 'zqzq', message: '<script>zqzq</script>', stampedAt });
    assert.doesNotMatch(stamp, /zqzq|script|NaN|undefined/);
  }
});
