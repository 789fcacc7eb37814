import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startProgram } from '../../../test/fixtures/store/program.ts';
import { instance, ownerId, scratchLogs, take, texts } from '../../../test/fixtures/store/scratch-logs.ts';
import type { LogLine } from '../../factors/11-logs/log-line.ts';

const rounds = 20;

const trimmed = (read: readonly LogLine[]): string[] => read.map(({ text }) => text.trimEnd());

test('every line that was appended before a SIGKILL is kept, once and in order, and a follower misses none', async (context) => {
  const logs = scratchLogs(context);
  const follower = logs.follow();
  let kept = 0;
  for (let round = 1; round <= rounds; round++) {
    const writer = startProgram(context, 'append-lines.ts', [logs.folder]);
    await writer.printed(1 + Math.floor(Math.random() * 150));
    writer.kill();
    assert.equal(await writer.ended(), 'SIGKILL');
    const acknowledged = Number(writer.lines.at(-1));
    const store = logs.open();
    const { sequence } = store.position(ownerId, instance);
    await store.close();
    assert.ok(sequence >= acknowledged, `round ${round}: ${acknowledged} acknowledged, ${sequence} kept`);
    assert.deepEqual(trimmed(await take(follower, sequence - kept)), texts(kept + 1, sequence));
    kept = sequence;
  }
  assert.deepEqual(trimmed(await logs.kept()), texts(1, kept));
});
