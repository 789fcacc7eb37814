/**
 * A working day against `dozen server` while 100 requests a second stream in, each on a connection of its own: 20 pushes of a
 * one-file change, 10 changes of config, 5 rollbacks, scaling 1-5-1.
 *
 *     npm run build && node bench/day.ts
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { commit, get, helloFiles, makeApp, pidsOf, write } from '../test/parts/platform-run.ts';
import { cli, removeServer, startServer } from '../test/parts/server-run.ts';

const everyMs = 10;
const run = await startServer();
const folder = makeApp(helloFiles);
const url = `http://hello.localhost:${run.routerPort}/`;
await ok(cli(run.home, ['apps', 'create', 'hello']));
await ok(cli(run.home, ['git:remote', '-a', 'hello'], { cwd: folder }));
await push();

let asked = 0;
let failed = 0;
const failures = new Map<string, number>();
const latencies: number[] = [];
const inFlight = new Set<Promise<void>>();
const ask = async (): Promise<void> => {
  asked += 1;
  const began = performance.now();
  const answer = await get(url).catch((error: Error) => ({ status: 0, text: error.message }));
  latencies.push(performance.now() - began);
  if (answer.status === 200) return;
  failed += 1;
  const why = `${answer.status} ${answer.text.slice(0, 60)}`;
  failures.set(why, (failures.get(why) ?? 0) + 1);
};
const stream = setInterval(() => {
  const request = ask().finally(() => inFlight.delete(request));
  inFlight.add(request);
}, everyMs);

const pushes: number[] = [];
for (let at = 1; at <= 20; at += 1) {
  write(folder, { 'version.js': `module.exports = 'version-${at}';\n` });
  commit(folder, `Version ${at}`);
  const began = performance.now();
  await Promise.all([push(), answers(`version-${at} `).then(() => pushes.push(performance.now() - began))]);
}
tell('git push until the new version answers', pushes);
const configs: number[] = [];
for (let at = 1; at <= 10; at += 1)
  configs.push(await timed(['config', 'set', `NUMBER=${at}`, '-a', 'hello']));
tell('config set, all processes replaced', configs);
const rollbacks: number[] = [];
for (const version of ['v3', 'v12', 'v5', 'v15', 'v8'])
  rollbacks.push(await timed(['rollback', version, '-a', 'hello']));
tell('rollback', rollbacks);
tell('scale 1 to 3', [await timed(['ps', 'scale', 'web=3', '-a', 'hello'])]);
tell('scale 3 to 5', [await timed(['ps', 'scale', 'web=5', '-a', 'hello'])]);
tell('scale 5 to 1', [await timed(['ps', 'scale', 'web=1', '-a', 'hello'])]);

clearInterval(stream);
await Promise.all(inFlight);
latencies.sort((a, b) => a - b);
const part = (share: number): string => (latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(1);
console.log(`requests: ${asked}, failed ${failed}; p50 ${part(0.5)} ms, p99 ${part(0.99)} ms`);
for (const [why, count] of failures) console.log(`  ${count} x ${why}`);
for (const role of ['control', 'runner', 'router']) {
  const pss = pidsOf(run.home, role).map(
    (pid) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1024,
  );
  console.log(`${role.padEnd(8)} ${pss.map((mb) => mb.toFixed(0)).join(' + ')} MB PSS`);
}
await removeServer(run);

async function push(): Promise<void> {
  const child = spawn('git', ['push', '--quiet', 'dozen', 'main'], {
    cwd: folder,
    env: { ...process.env, DOZEN_HOME: run.home },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`git push ended with ${code}: ${errors}`);
}

async function answers(text: string): Promise<void> {
  while (!(await get(url)).text.startsWith(text)) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function timed(args: readonly string[]): Promise<number> {
  const began = performance.now();
  await ok(cli(run.home, args));
  return performance.now() - began;
}

async function ok(ran: ReturnType<typeof cli>): Promise<void> {
  const { status, stderr } = await ran;
  if (status !== 0) throw new Error(stderr);
}

function tell(what: string, times: readonly number[]): void {
  const sorted = [...times].sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 0;
  console.log(
    `${what.padEnd(42)} median ${median.toFixed(0)} ms [${sorted[0]?.toFixed(0)}-${sorted.at(-1)?.toFixed(0)}] (${times.length})`,
  );
}
