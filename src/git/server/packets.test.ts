import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { flush, packet, withReasons } from './packets.ts';

const band = (number: number, content: string | Buffer) =>
  packet(Buffer.concat([Buffer.of(number), Buffer.from(content as string)]));

async function passed(chunks: readonly Buffer[], reasons: Record<string, string> = {}): Promise<Buffer[]> {
  const bytes = (async function* () {
    yield* chunks;
  })();
  const parts: Buffer[] = [];
  for await (const part of withReasons(bytes, new Map(Object.entries(reasons)))) parts.push(part);
  return parts;
}

const report = Buffer.concat([
  packet('unpack ok\n'),
  packet('ok refs/heads/main\n'),
  packet('ng refs/heads/x hook declined\n'),
  flush,
]);
const explained = Buffer.concat([
  packet('unpack ok\n'),
  packet('ok refs/heads/main\n'),
  packet('ng refs/heads/x only main is deployed\n'),
  flush,
]);

test('a declined ref gets its reason, wherever the stream and the report are cut', async () => {
  const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(cuts, fc.integer({ min: 1, max: report.length - 1 }), async (at, half) => {
      const answer = Buffer.concat([
        band(2, 'building\n'),
        band(1, report.subarray(0, half)),
        band(1, report.subarray(half)),
        flush,
      ]);
      const ends = [...at.sort((a, b) => a - b), answer.length];
      const chunks = ends.map((end, index) => answer.subarray(ends[index - 1] ?? 0, end));
      const out = await passed(chunks, { 'refs/heads/x': 'only main\nis deployed' });
      assert.deepEqual(Buffer.concat(out), Buffer.concat([band(2, 'building\n'), band(1, explained), flush]));
    }),
  );
});

test('without a reason the report is as Git wrote it', async () => {
  const answer = [band(1, report), flush];
  assert.deepEqual(await passed(answer), answer);
});

test('text and keep-alives pass before the report is complete', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const bytes = (async function* () {
    yield Buffer.concat([band(1, ''), band(2, 'a'), band(1, report)]);
    await promise;
    yield flush;
  })();
  const parts = withReasons(bytes, new Map());
  assert.deepEqual((await parts.next()).value, band(1, ''));
  assert.deepEqual((await parts.next()).value, band(2, 'a'));
  resolve();
  assert.deepEqual((await parts.next()).value, band(1, report));
});

test('a report longer than a packet is sent in several', async () => {
  const long = Buffer.concat([
    packet('unpack ok\n'),
    ...Array<Buffer>(3000).fill(packet('ok refs/heads/main-and-more\n')),
  ]);
  const halves = [band(1, long.subarray(0, 60_000)), band(1, long.subarray(60_000))];
  const out = await passed([...halves, flush]);
  assert.ok(out.every((part) => part.length <= 65_520));
  assert.deepEqual(Buffer.concat(out.slice(0, -1).map((part) => part.subarray(5))), long);
});

test('an answer that is no packets passes as it is', async () => {
  const text = Buffer.from('no packets here');
  assert.deepEqual(Buffer.concat(await passed([text.subarray(0, 3), text.subarray(3)])), text);
});
