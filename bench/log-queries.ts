/**
 * What it costs to ask a kept log of the largest size for its last 100 lines, and for lines that are rare in it.
 *
 *     node bench/log-queries.ts
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type LogQuery, wholeLog } from '../src/factors/11-logs/log-query.ts';
import { answerQuery } from '../src/store/logs/log-answer.ts';
import { defaultLogLimits, openLogStore } from '../src/store/logs/log-store.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'dozen-bench-'));
const ownerId = 'bench-owner';

/** Lines of 100 bytes, in batches as a busy app's are read. */
async function fill(batchLines: number): Promise<number> {
  const store = openLogStore(folder);
  let sequence = 1;
  for (let bytes = 0; bytes < defaultLogLimits.ownerBytes; bytes += batchLines * 100) {
    const numbers = Array.from({ length: batchLines }, (_, at) => sequence + at);
    const text = numbers.map((number) => `${`GET /users/${number} 200 `.padEnd(99, 'x')}\n`).join('');
    store.append(ownerId, {
      at: sequence,
      sequence,
      lines: batchLines,
      source: 'app',
      process: 'web.1',
      instance: 'bench',
      end: sequence,
      bytes: Buffer.from(text),
    });
    sequence += batchLines;
  }
  await store.close();
  return sequence - 1;
}

async function ask(what: string, query: Partial<LogQuery>): Promise<void> {
  const times: number[] = [];
  let found = 0;
  for (let run = 0; run < 7; run += 1) {
    const started = performance.now();
    const options = { follow: false, signal: AbortSignal.timeout(600_000) };
    found = (await Array.fromAsync(answerQuery(folder, ownerId, { ...wholeLog, ...query }, options))).length;
    times.push(performance.now() - started);
  }
  const median = times.sort((a, b) => a - b)[3] ?? 0;
  console.log(`${what.padEnd(40)} ${String(found).padStart(4)} lines ${median.toFixed(1).padStart(8)} ms`);
}

for (const batchLines of [1, 50]) {
  const count = await fill(batchLines);
  console.log(`${count} lines in batches of ${batchLines}`);
  await ask('the last 100', { num: 100 });
  await ask('the last 100 of a process that is not', { num: 100, process: 'worker' });
  await ask('a text that is rare', { num: 100, grep: `/users/${count - (count % 100000)}` });
  await ask('a regular expression that is rare', { num: 100, grep: '/ [45]\\d\\d x/' });
  rmSync(path.join(folder, ownerId), { recursive: true });
}
rmSync(folder, { recursive: true });
