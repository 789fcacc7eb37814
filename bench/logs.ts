/**
 * The log path: 20 processes print numbered lines as fast as they can, the runner is killed in between, and every line is
 * accounted for. The cost is that of the runners and of the pumps, not of the printers.
 *
 *     node bench/logs.ts [lines a process] [kills]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { segmentFile, segmentNumbers } from '../src/store/logs/log-store.ts';
import { recordsIn } from '../src/store/logs/record.ts';

const processes = 20;
const count = Number(process.argv[2] ?? 250_000);
const kills = Number(process.argv[3] ?? 5);
const folder = mkdtempSync(path.join(tmpdir(), 'dozen-bench-'));

/** Processor time of a process and of its children that were waited for, in ms. */
function cpuMs(pid: number | string): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}

const pumps = (): string[] =>
  readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return command.startsWith('split\0') && command.includes(folder);
    } catch {
      return false;
    }
  });

async function startRunner(): Promise<ChildProcess> {
  const args = [
    path.join(import.meta.dirname, 'parts/log-runner.ts'),
    folder,
    String(processes),
    String(count),
  ];
  const runner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(runner.stdout, 'data');
  return runner;
}

/** The last number kept of each printer, whether its record is still there or has gone with an old segment. */
function lastNumbers(): number[] {
  const logs = path.join(folder, 'logs/bench-owner');
  const last = new Map<string, number>();
  const saved = path.join(logs, 'positions.json');
  const positions = existsSync(saved) ? JSON.parse(readFileSync(saved, 'utf8')) : [];
  for (const [instance, { sequence }] of positions) last.set(instance, sequence);
  for (const number of segmentNumbers(logs)) {
    for (const { batch } of recordsIn(readFileSync(segmentFile(logs, number)))) {
      last.set(batch.instance, batch.sequence + batch.lines - 1);
    }
  }
  return readdirSync(path.join(folder, 'engine/runs')).map((instance) => last.get(instance) ?? 0);
}

const started = performance.now();
let spent = 0;
let runner = await startRunner();
for (let kill = 0; kill < kills; kill += 1) {
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  spent += cpuMs(runner.pid ?? 0);
  const gone = once(runner, 'exit');
  runner.kill('SIGKILL');
  await gone;
  runner = await startRunner();
}
let kept: number[] = [];
for (;;) {
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  kept = lastNumbers();
  if (process.env.BENCH_DEBUG === '1') console.error(kept.join(' '));
  if (kept.length === processes && kept.every((sequence) => sequence >= count)) break;
  if (performance.now() - started > 180_000) break;
}
const seconds = (performance.now() - started) / 1000;
const pumping = pumps().reduce((sum, pid) => sum + cpuMs(pid), 0);
spent += cpuMs(runner.pid ?? 0);
const total = kept.reduce((sum, sequence) => sum + sequence, 0);
console.log(`lines printed   ${processes * count} by ${processes} processes, runner killed ${kills} times`);
console.log(`lines kept      ${total} (${processes * count - total} lost or doubled)`);
console.log(
  `cost            ${(((spent + pumping) * 1000) / total).toFixed(2)} µs CPU a line: runner ${((spent * 1000) / total).toFixed(2)}, pumps ${((pumping * 1000) / total).toFixed(2)}`,
);
console.log(`took            ${seconds.toFixed(1)} s`);
const ended = once(runner, 'exit');
runner.kill('SIGTERM');
await ended;
rmSync(folder, { recursive: true, force: true });
