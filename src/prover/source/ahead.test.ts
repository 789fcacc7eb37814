import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answersAhead } from './ahead.ts';
import type { Hit } from './hit.ts';
import type { Language, Source } from './language.ts';
import { watchOf } from './watch.ts';

interface Asking {
  readonly file: string;
  readonly answer: PromiseWithResolvers<readonly Hit[]>;
}

/** A language whose answers come when the test says so. */
function slowLanguage(): { language: Language; asking: Asking[] } {
  const asking: Asking[] = [];
  const answers = ({ file }: Source): Promise<readonly Hit[]> => {
    const answer = Promise.withResolvers<readonly Hit[]>();
    asking.push({ file, answer });
    return answer.promise;
  };
  return {
    language: { name: 'slow', extensions: [], hasCode: () => true, mayAnswer: () => [], answers },
    asking,
  };
}

const hitIn = (file: string): Hit => ({
  kind: 'environment-passed-on',
  at: { file, line: 1, text: '' },
});
const quiet = new AbortController().signal;
const questioned = (language: Language, file: string, text = 'x') => ({
  language,
  source: { file, text },
  questions: [],
  asked: { import: () => true },
});

test('answers come in the order in which files were asked, however long each takes', async () => {
  const { language, asking } = slowLanguage();
  const answers = answersAhead(watchOf(quiet));
  for (const file of ['a', 'b', 'c']) await answers.ask(questioned(language, file));
  for (const { file, answer } of asking.toReversed()) answer.resolve([hitIn(file)]);
  assert.deepEqual(await answers.all(), ['a', 'b', 'c'].map(hitIn));
});

test('no more files are parsed at once than may be, and of long ones only one', async () => {
  for (const [text, atOnce, most] of [
    ['x', 3, 2],
    ['x', 1, 0],
    ['x'.repeat(600_000), 3, 0],
  ] as const) {
    const { language, asking } = slowLanguage();
    const answers = answersAhead(watchOf(quiet, { atOnce }));
    for (let file = 0; file < most; file += 1) await answers.ask(questioned(language, `${file}`, text));
    const full = answers.ask(questioned(language, 'last', text));
    const went = await Promise.race([full.then(() => 'on'), new Promise(setImmediate).then(() => 'waits')]);
    assert.equal(went, 'waits', `${text.length} characters, ${atOnce} at once`);
    for (const { answer } of asking) answer.resolve([]);
    await full;
  }
});

test('a failure is told when its turn comes, and not before', async () => {
  const { language, asking } = slowLanguage();
  const answers = answersAhead(watchOf(quiet));
  for (const file of ['a', 'b']) await answers.ask(questioned(language, file));
  asking[1]?.answer.reject(new Error('b is broken'));
  await new Promise(setImmediate);
  asking[0]?.answer.resolve([]);
  await assert.rejects(answers.all(), { message: 'b is broken' });
});
