import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  appendLines,
  instance,
  lastSegment,
  line,
  lines,
  ownerId,
  type ScratchLogs,
  scratchLogs,
  texts,
  textsOf,
} from '../../../test/fixtures/store/scratch-logs.ts';
import type { LogLimits } from './log-store.ts';
import { recordBytes } from './record.ts';

const small: LogLimits = { ownerBytes: 1024 * 1024, segmentBytes: 1000 };

/** Seven lines, of which the last three are the last record. */
async function sevenLines(logs: ScratchLogs): Promise<void> {
  const store = logs.open();
  appendLines(store, 1, 4);
  store.append(ownerId, lines(5, 3));
  await store.close();
}

const lastRecordBytes = recordBytes(lines(5, 3)).length;

/** Opens what is left, and appends: line 5 is not the one that was there. */
async function goOn(logs: ScratchLogs): Promise<string[]> {
  const store = logs.open();
  assert.deepEqual(store.position(ownerId, instance), { end: 40, sequence: 4 });
  store.append(ownerId, line(5, { bytes: Buffer.from('fresh 5\n') }));
  await store.close();
  return textsOf(await logs.kept());
}

/** Tries each way of damage at every offset of the last record. */
function atEveryOffset(damage: (content: Buffer, offset: number) => Buffer) {
  return async (context: Parameters<typeof scratchLogs>[0]): Promise<void> => {
    const logs = scratchLogs(context);
    await sevenLines(logs);
    const { file, content } = lastSegment(logs);
    for (let offset = content.length - lastRecordBytes; offset < content.length; offset++) {
      writeFileSync(file, damage(Buffer.from(content), offset));
      assert.deepEqual(textsOf(await logs.kept()), texts(1, 4), `before it is opened, offset ${offset}`);
      assert.deepEqual(await goOn(logs), [...texts(1, 4), 'fresh 5'], `offset ${offset}`);
    }
  };
}

test(
  'a last record that is torn anywhere is cut off, and what is appended follows the one before',
  atEveryOffset((content, offset) => content.subarray(0, offset)),
);

test(
  'a last record that is zeros from anywhere on is cut off',
  atEveryOffset((content, offset) => content.fill(0, offset)),
);

test(
  'a last record that is garbled from anywhere on is cut off',
  atEveryOffset((content, offset) =>
    content.fill(Buffer.from([content.readUInt8(offset) ^ 0x55, 0x0a, 0xff, 0x7b]), offset),
  ),
);

test(
  'a last record with one wrong byte anywhere is cut off',
  atEveryOffset((content, offset) => {
    content.writeUInt8(content.readUInt8(offset) ^ 1, offset);
    return content;
  }),
);

test('zeros behind the last record are cut off, and the record is kept', async (context) => {
  const logs = scratchLogs(context);
  await sevenLines(logs);
  const { file, content } = lastSegment(logs);
  truncateSync(file, content.length + 5000);
  const store = logs.open();
  assert.deepEqual(store.position(ownerId, instance), { end: 70, sequence: 7 });
  assert.equal(statSync(file).size, content.length);
  appendLines(store, 8, 9);
  assert.deepEqual(textsOf(await logs.kept()), texts(1, 9));
});

test('a segment that was begun and got no record is gone on with', async (context) => {
  const logs = scratchLogs(context);
  await sevenLines(logs);
  writeFileSync(lastSegment(logs).file.replace('1.log', '2.log'), '');
  const store = logs.open();
  assert.deepEqual(store.position(ownerId, instance), { end: 70, sequence: 7 });
  appendLines(store, 8, 9);
  assert.equal(logs.segments().length, 2);
  assert.deepEqual(textsOf(await logs.kept()), texts(1, 9));
});

test('damage in an older segment costs the rest of that segment and nothing of the next', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open(small);
  appendLines(store, 1, 40);
  await store.close();
  const [first = '', second = ''] = logs.segments();
  const inSecond = Number(/line (\d+)/.exec(readFileSync(second, 'utf8'))?.[1]);
  truncateSync(first, statSync(first).size - 1);
  const again = logs.open(small);
  assert.deepEqual(again.position(ownerId, instance), { end: 400, sequence: 40 });
  again.append(ownerId, line(41));
  assert.deepEqual(textsOf(await logs.kept()), [...texts(1, inSecond - 2), ...texts(inSecond, 41)]);
});

test('what is damaged counts against the limit', async (context) => {
  const logs = scratchLogs(context);
  const limits = { ownerBytes: 4000, segmentBytes: 1000 };
  const store = logs.open(limits);
  appendLines(store, 1, 20);
  await store.close();
  for (const file of logs.segments().slice(0, -1)) writeFileSync(file, Buffer.alloc(statSync(file).size));
  const again = logs.open(limits);
  for (let number = 21; number <= 60; number++) {
    again.append(ownerId, line(number));
    assert.ok(logs.keptBytes() <= limits.ownerBytes, `${logs.keptBytes()} bytes at line ${number}`);
  }
});

test('a damaged log of one owner is none of another’s', async (context) => {
  const logs = scratchLogs(context);
  const store = logs.open();
  appendLines(store, 1, 3);
  store.append('app-2', line(1));
  await store.close();
  appendFileSync(lastSegment(logs).file, 'garbage\n');
  const again = logs.open();
  assert.deepEqual(again.position('app-2', instance), { end: 10, sequence: 1 });
  assert.deepEqual(again.position(ownerId, instance), { end: 30, sequence: 3 });
});
