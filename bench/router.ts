/**
 * Dozen's router against nginx, in alternating rounds of one run: `node bench/router.ts [seconds per round] [rounds]`.
 *
 * Each proxy is one process on core 0 (Dozen with its access log on, nginx with its off); wrk and the backend, an nginx
 * worker, share core 1. CPU is user and system time of the proxy from `/proc/PID/stat`. Needs `nginx`, `wrk` and `taskset`
 * (Debian: `apt-get install -y nginx-light wrk util-linux`).
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Contender, residentMb, startBackend, startDozen, startNginx } from './router/contenders.ts';
import { type Measurement, measure, type Scenario } from './router/wrk.ts';

const seconds = Number(process.argv[2] ?? 2);
const rounds = Number(process.argv[3] ?? 4);

const folder = mkdtempSync(path.join(tmpdir(), 'dozen-bench-'));
const upload = path.join(folder, 'upload.lua');
writeFileSync(upload, 'wrk.method = "POST"\nwrk.body = string.rep("x", 1048576)\n');

const scenarios: readonly Scenario[] = [
  { name: '12 B', path: '/s', connections: 32, script: null, mebibytes: 0 },
  { name: '10 KB', path: '/10k', connections: 32, script: null, mebibytes: 0 },
  { name: '1 MiB down', path: '/1m', connections: 8, script: null, mebibytes: 1 },
  { name: '1 MiB up, early answer', path: '/up', connections: 8, script: upload, mebibytes: 1 },
];

const started: Contender[] = [];
try {
  const backend = await startBackend(folder);
  started.push(backend);
  const contenders = [await startNginx(folder, backend), await startDozen(folder, backend)];
  started.push(...contenders);
  for (const contender of contenders) await measure(contender, scenarios[0] as Scenario, 1);
  for (const scenario of scenarios) await compare(scenario, contenders);
  for (const contender of contenders) {
    console.log(`${contender.name}: ${residentMb(contender).toFixed(0)} MB resident after all`);
  }
} finally {
  for (const contender of started.reverse()) await contender.stop();
  rmSync(folder, { recursive: true });
}

async function compare(scenario: Scenario, contenders: readonly Contender[]): Promise<void> {
  const results = new Map(contenders.map(({ name }) => [name, [] as Measurement[]]));
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? contenders : contenders.toReversed();
    for (const contender of order)
      results.get(contender.name)?.push(await measure(contender, scenario, seconds));
  }
  const unit = scenario.mebibytes > 0 ? 'MiB' : 'request';
  console.log(`\n${scenario.name}: ${rounds} rounds of ${seconds} s, ${scenario.connections} connections`);
  const nginxUs = median((results.get('nginx') ?? []).map(({ cpuUs }) => cpuUs));
  for (const [name, all] of results) {
    const us = all.map(({ cpuUs }) => cpuUs);
    console.log(
      `  ${name.padEnd(6)} ${spread(us, 1)} CPU us/${unit} (${(median(us) / nginxUs).toFixed(2)} of nginx), ` +
        `${spread(
          all.map(({ requestsPerSecond }) => requestsPerSecond),
          0,
        )} req/s, p50 ${median(all.map(({ p50Ms }) => p50Ms)).toFixed(2)} ms, ` +
        `p99 ${spread(
          all.map(({ p99Ms }) => p99Ms),
          2,
        )} ms, ${all.reduce((sum, { errors }) => sum + errors, 0)} errors`,
    );
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

function spread(values: readonly number[], digits: number): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return `${median(values).toFixed(digits)} [${low.toFixed(digits)}-${high.toFixed(digits)}]`;
}
