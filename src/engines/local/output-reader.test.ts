import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { eventually } from '../../../test/parts/platform-run.ts';
import { lineLimit } from '../../factors/11-logs/framing.ts';
import { type LogBatch, type LogPosition, linesOf } from '../../factors/11-logs/log-batch.ts';
import { OutputReader } from './output-reader.ts';
import { segmentBytes, segmentFile, segmentsIn } from './pump.ts';

suite('the reader of a process’s output', () => {
  let folder: string;
  let kept: LogBatch[];
  /** How many batches the full disk still refuses. */
  let refusals: number;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'dozen-output-'));
    kept = [];
    refusals = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function reader(): OutputReader {
    const position = (): LogPosition => {
      const last = kept.at(-1);
      return last === undefined
        ? { end: 0, sequence: 0 }
        : { end: last.end, sequence: last.sequence + last.lines - 1 };
    };
    const keeper = {
      append: (_: string, batch: LogBatch) => {
        if (refusals-- > 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        kept.push(batch);
      },
      position,
      forget: () => undefined,
    };
    const source = { folder, ownerId: 'owner', instance: 'web.1-a', process: 'web.1' };
    return new OutputReader(source, { keeper, now: () => 0, onBatch: () => undefined });
  }

  const write = (segment: number, text: string | Uint8Array): void =>
    writeFileSync(segmentFile(folder, segment), text);
  const texts = (): string[] => kept.flatMap((batch) => linesOf(batch)).map(({ text }) => text);

  test('takes a line that goes on in the next segment as one', () => {
    write(0, `${'a'.repeat(segmentBytes - 3)}\nb`.slice(-segmentBytes));
    write(1, 'c\nd\n');
    reader().finish();
    assert.deepEqual(texts().slice(-2), ['bc', 'd']);
  });

  test('takes segments that ended early, as a killed pump leaves them, without a gap', () => {
    write(0, 'one\ntw');
    write(1, 'o\nth');
    write(2, 'r');
    write(3, 'ee\nfour');
    reader().finish();
    assert.deepEqual(texts(), ['one', 'two', 'three', 'four']);
  });

  test('goes on behind what was kept, whichever segment that was in', () => {
    write(0, 'one\ntw');
    reader().finish();
    assert.deepEqual(texts(), ['one', 'tw']);
    write(1, 'three\n');
    reader().finish();
    assert.deepEqual(texts(), ['one', 'tw', 'three']);
    assert.deepEqual(
      kept.flatMap((batch) => linesOf(batch)).map(({ sequence }) => sequence),
      [1, 2, 3],
    );
  });

  test('cuts what never ends a line, and removes segments it has read', () => {
    write(0, new Uint8Array(segmentBytes).fill(0x78));
    write(1, new Uint8Array(segmentBytes).fill(0x78));
    write(2, 'end');
    reader().finish();
    assert.equal(texts().join('').length, 2 * segmentBytes + 3);
    assert.ok(texts().every(({ length }) => length <= lineLimit));
    assert.deepEqual(segmentsIn(folder), [2]);
  });

  test('keeps what a full disk refused once there is room, without a gap', async () => {
    refusals = 2;
    write(0, 'one\ntwo\n');
    const started = reader();
    started.start();
    await eventually(() => kept.length > 0, { what: 'the lines are kept' });
    started.finish();
    assert.deepEqual(texts(), ['one', 'two']);
    assert.equal(kept[0]?.sequence, 1);
  });
});
