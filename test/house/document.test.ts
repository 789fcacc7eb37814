import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDocument } from '../parts/document.ts';
import { fold, isAsShown, normalise } from '../parts/printed.ts';

test('a block is its commands, its marks and what stands right behind it', () => {
  const { beginsWith, blocks } = parseDocument(
    [
      '<!-- begins with: shop, code of guestbook -->',
      '<!-- before: touch url -->',
      '<!-- types: yes -->',
      '<!-- fails -->',
      '',
      '```sh',
      'dozen ps \\',
      '  -a shop',
      'dozen apps',
      '```',
      '',
      '```',
      'printed',
      '```',
      '',
      'Prose.',
      '',
      '```',
      'a file',
      '```',
      '',
      '<!-- run by: test/x.test.ts -->',
      '```sh',
      'dozen run bash',
      '```',
    ].join('\n'),
  );
  assert.deepEqual(beginsWith, ['shop', 'code of guestbook']);
  assert.deepEqual(blocks, [
    {
      line: 7,
      before: ['touch url'],
      commands: ['dozen ps   -a shop', 'dozen apps'],
      input: 'yes\n',
      ends: 'badly',
      elsewhere: null,
      prints: ['printed'],
    },
    {
      line: 24,
      before: [],
      commands: ['dozen run bash'],
      input: '',
      ends: 'well',
      elsewhere: { runBy: 'test/x.test.ts' },
      prints: null,
    },
  ]);
});

test('a mark that nobody knows, one that nothing follows and a block without an end are mistakes', () => {
  assert.throws(() => parseDocument('<!-- begin with: shop -->'), /line 1: there is no comment "begin with"/);
  assert.throws(() => parseDocument('<!-- fails -->\n\nProse.'), /nothing follows the comment "fails"/);
  assert.throws(() => parseDocument('```sh\ndozen'), /line 1: the block does not end/);
});

test('times, durations, digests, ports and pids may differ, and processes may come up in any order', () => {
  const one = `release   v1 Deploy fd78183
process   web.1 up on port 22257 (0.57 s)
process   worker.1 up (0.56 s)
web.1     up     v1       2.51 s  27829  22257`;
  const other = `release   v1 Deploy 0123456
process   worker.1 up (12 s)
process   web.1 up on port 222 (0.60 s)
web.1    up     v1       1 m  7829  22258`;
  assert.deepEqual(normalise(one), normalise(other.replace('port 222', 'port 22299')));
  assert.notDeepEqual(normalise(one), normalise(other.replace('v1 Deploy', 'v2 Deploy')));
  assert.notDeepEqual(normalise('GRACE 20 s'), normalise('GRACE 30 s'));
  assert.notDeepEqual(normalise('web 256MB'), normalise('web 512MB'));
  assert.notDeepEqual(normalise('exit code 3'), normalise('exit code 0'));
});

test('a line of "…" is any number of lines, and any other must be there', () => {
  assert.ok(isAsShown(['a', 'b', 'c', 'd'], ['a', '…', 'd']));
  assert.ok(isAsShown(['a', 'd'], ['a', '…', 'd']));
  assert.ok(isAsShown(['a', 'b'], ['a', '…']));
  assert.ok(isAsShown(['a', 'b', 'c'], ['…', 'b', '…']));
  for (const printed of [['a'], ['a', 'x'], ['a', 'd', 'e'], []])
    assert.ok(!isAsShown(printed, ['a', '…', 'd']), printed.join());
  assert.deepEqual(fold(['a', 'b', 'x'], ['a', '…', 'd']), ['a', 'b', 'x']);
});
