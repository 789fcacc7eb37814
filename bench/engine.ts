/**
 * What isolation costs: a start between walls against a bare spawn, in turns; and a hundred processes.
 *
 *     node bench/engine.ts
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Desired } from '../src/engines/engine.ts';
import { treeOf } from '../src/engines/local/proc.ts';
import { openPipes } from '../src/engines/local/sandbox/pipes.ts';
import { launch, prepare, type Sandbox } from '../src/engines/local/sandbox/sandbox.ts';
import { openWalls } from '../src/engines/local/walls.ts';
import { defaultStopPolicy } from '../src/factors/09-disposability/stop-policy.ts';
import { makeBench, specOf } from '../test/parts/local-host.ts';

const rounds = 60;
const median = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[times.length >> 1] ?? 0;
const at = (times: readonly number[], share: number): number =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length * share)] ?? 0;

const folder = mkdtempSync(path.join(tmpdir(), 'dozen-bench-'));
const bench = makeBench(folder);
const walls = await openWalls(path.join(folder, 'walls'), 'bench');
const person = bench.host.person('bench');
const layers = await bench.host.layers(specOf({ argv: ['/bin/true'] }), person);

const pipes = openPipes(path.join(folder, 'pipes'), { ahead: 16 });

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

let serial = 0;
async function sandboxed(): Promise<void> {
  serial += 1;
  const run = path.join(folder, `run-${serial}`);
  mkdirSync(run, { mode: 0o700 });
  const sandbox: Sandbox = {
    folder: run,
    status: path.join(run, 'status'),
    identity: person,
    lowers: [...layers, ...(await walls.lowers(person))],
    upper: path.join(run, 'upper'),
    binds: walls.binds,
    network: 'host',
    hostname: 'bench',
    environment: { PATH: '/usr/bin' },
    command: { argv: ['/bin/true'] },
    directory: '/app',
    cgroups: [],
    tasks: 1024,
    holds: true,
    fileBytes: null,
    niceness: 0,
    attached: null,
  };
  prepare(sandbox, pipes);
  await once(launch(sandbox), 'exit');
}

const bare = (): Promise<unknown> => once(spawn('/bin/true', { detached: true, stdio: 'ignore' }), 'exit');

const [inside, outside]: [number[], number[]] = [[], []];
for (let round = 0; round < rounds; round += 1) {
  outside.push(await timed(bare));
  inside.push(await timed(sandboxed));
}
const row = (name: string, times: readonly number[]): string =>
  `${name.padEnd(28)} median ${median(times).toFixed(1)} ms  p90 ${at(times, 0.9).toFixed(1)}  [${Math.min(...times).toFixed(1)}-${Math.max(...times).toFixed(1)}]`;
console.log(row('bare spawn of /bin/true', outside));
console.log(row('between walls', inside));
console.log(`added by isolation           median ${(median(inside) - median(outside)).toFixed(1)} ms`);

const engine = await bench.open();
const owner = { kind: 'app', id: 'bench-owner', name: 'bench' } as const;
const desired = (generation: number, quantity: number): Desired => ({
  owner,
  generation,
  release: 1,
  hosts: [],
  types: [
    {
      type: 'sleeper',
      quantity,
      spec: specOf({ argv: ['/bin/sleep', '100000'] }),
      readiness: { kind: 'stays', afterMs: 0 },
      replacement: 'start-first',
      stop: defaultStopPolicy,
    },
  ],
});
const up = await timed(async () => {
  await engine.apply(desired(1, 100));
  await engine.settled(owner.id);
});
console.log(`100 processes up             ${(up / 1000).toFixed(2)} s`);

const pss = (pid: number): number =>
  Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
const views = await engine.processes(owner.id);
const helpers = treeOf(process.pid).filter(
  (pid) => pid !== process.pid && !views.some((view) => view.pid === pid),
);
const held = helpers.reduce((sum, pid) => sum + pss(pid), 0);
console.log(
  `sandbox of one process       ${(held / views.length / 1024).toFixed(2)} MB PSS in ${(helpers.length / views.length).toFixed(1)} helper processes`,
);

const ticks = (): number => {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
};
const idleMs = 60_000;
const before = ticks();
await new Promise((resolve) => setTimeout(resolve, idleMs));
console.log(
  `idle with 100 processes      ${(((ticks() - before) * 10 * 100) / idleMs).toFixed(2)} % of a core`,
);
const down = await timed(() => engine.halt(60_000));
console.log(`100 processes down           ${(down / 1000).toFixed(2)} s`);
await engine.close();
rmSync(folder, { recursive: true, force: true });
