/**
 * A whole check of the guestbook, and where its time goes: median and spread over rounds, packages installed before.
 *
 *     node bench/check-guestbook.ts [ROUNDS]
 */
import path from 'node:path';
import { checkApp, codebaseOf } from '../test/parts/checked-app.ts';

const rounds = Number(process.argv[2] ?? 3);
const codebase = codebaseOf(path.join(import.meta.dirname, '../examples/guestbook'));
const took: number[] = [];
const parts = new Map<string, number[]>();
try {
  // Fills the caches of packages and runtimes.
  await checkApp(codebase.folder, { factors: ['port-binding'] });
  for (let round = 0; round < rounds; round += 1) {
    const report = await checkApp(codebase.folder);
    took.push(report.tookMs);
    for (const { what, ms } of report.timings) parts.set(what, [...(parts.get(what) ?? []), ms]);
    console.log(
      `round ${round + 1}: ${seconds([report.tookMs])}, ${report.rows.map(({ verdict }) => verdict).join(' ')}`,
    );
  }
} finally {
  codebase.remove();
}
console.log(`whole check   ${seconds(took)}`);
for (const [what, times] of [...parts].sort((a, b) => median(b[1]) - median(a[1])))
  console.log(`  ${seconds(times).padEnd(26)} ${what}`);

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function seconds(values: readonly number[]): string {
  const of = (ms: number): string => (ms / 1000).toFixed(1);
  return `${of(median(values))} s [${of(Math.min(...values))}-${of(Math.max(...values))}]`;
}
