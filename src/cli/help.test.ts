import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commands, findCommand } from './commands.ts';
import { helpOf, readArguments } from './spec.ts';

const width = 100;
const specs = await Promise.all(Object.values(commands).map(([, load]) => load()));

/** The words of the `dozen` command in an example, up to what the shell does with it. */
function wordsOf(example: string): readonly string[] {
  const own = /(?:^|[\s(])dozen (.*)$/.exec(example)?.[1] ?? '';
  const words = own.match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? [];
  const end = words.findIndex((word) => /^(\||<|>|&&)$/.test(word));
  return words.slice(0, end === -1 ? undefined : end).map((word) => word.replaceAll(/^["']|["')]+$/g, ''));
}

test('every example is a command that is understood, and says what it is for', async () => {
  const wrong: string[] = [];
  for (const [example, what] of specs.flatMap(({ examples }) => examples)) {
    if (what === '') wrong.push(`${example}: not said what for`);
    const found = findCommand(wordsOf(example));
    try {
      if (found === null) throw new Error('no such command');
      readArguments(await found.load(), found.rest);
    } catch (error) {
      wrong.push(`${example}: ${(error as Error).message}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('every command is known by the name that it has', () => {
  assert.deepEqual(
    specs.map(({ name }) => name),
    Object.keys(commands),
  );
});

test('help has no blank line twice, and the other commands of a noun', () => {
  const others = [['services info', 'tells about one']] as const;
  for (const spec of specs) assert.doesNotMatch(helpOf(spec, { width, others }), /\n\n\n|[ \t]\n/, spec.name);
  const [services] = specs.filter(({ name }) => name === 'services');
  assert.ok(services);
  assert.match(helpOf(services, { width, others }), /\n\nCommands\n {2}services info {2}tells about one\n\n/);
});
