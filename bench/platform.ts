/**
 * The platform at rest, and a redeploy: `dozen up` with a small app, one-file commits deployed to it while requests stream in.
 *
 *     npm run build && node bench/platform.ts
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import {
  commit,
  deploy,
  get,
  helloFiles,
  makeApp,
  makeHome,
  pidsOf,
  removeHome,
  serving,
  up,
  urlOf,
  write,
} from '../test/parts/platform-run.ts';

const redeploys = 10;
const median = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[times.length >> 1] ?? 0;
const spread = (times: readonly number[]): string =>
  `median ${median(times).toFixed(0)} ms [${Math.min(...times).toFixed(0)}-${Math.max(...times).toFixed(0)}]`;

const home = makeHome();
const app = makeApp({
  ...helloFiles,
  'package.json': JSON.stringify({
    name: 'hello',
    version: '1.0.0',
    private: true,
    dependencies: { 'is-number': '7.0.0' },
  }),
});
const locked = spawnSync('npm', ['install', '--package-lock-only', '--ignore-scripts'], {
  cwd: app,
  stdio: 'ignore',
});
if (locked.status !== 0) throw new Error('npm could not write the lockfile');
commit(app, 'Lock');
const started = performance.now();
const run = up(home, [app]);
const url = urlOf(await run.until(serving));
console.log(`first deploy, empty home     ${((performance.now() - started) / 1000).toFixed(2)} s`);

await new Promise((resolve) => setTimeout(resolve, 3_000));
const pss = (pid: number): number =>
  Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;
const roles: [string, number[]][] = [
  ['parent', [run.child.pid ?? 0]],
  ...['control', 'runner', 'router'].map((role): [string, number[]] => [role, pidsOf(home, role)]),
];
for (const [role, pids] of roles)
  console.log(`${role.padEnd(28)} ${pids.map((pid) => pss(pid).toFixed(0)).join(' + ')} MB PSS`);
const total = roles.flatMap(([, pids]) => pids).reduce((sum, pid) => sum + pss(pid), 0);
console.log(`platform at rest             ${total.toFixed(0)} MB PSS`);

let asked = 0;
let failed = 0;
const stop = new AbortController();
const stream = (async () => {
  while (!stop.signal.aborted) {
    asked += 1;
    const answer = await get(url).catch(() => ({ status: 0 }));
    if (answer.status !== 200) failed += 1;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
})();
const [answered, own]: [number[], number[]] = [[], []];
for (let round = 1; round <= redeploys; round += 1) {
  write(app, { 'version.js': `module.exports = 'round${round}';\n` });
  commit(app, `Round ${round}`);
  const begun = performance.now();
  const deploying = deploy(home, { app: 'hello', folder: app, from: 'commit' });
  while (!(await get(url)).text.startsWith(`round${round} `))
    await new Promise((resolve) => setTimeout(resolve, 10));
  answered.push(performance.now() - begun);
  for (const event of await deploying) if (event.kind === 'process' && event.ms !== null) own.push(event.ms);
}
stop.abort();
await stream;
console.log(`redeploy, lockfile unchanged ${spread(answered)}, the app's own start among it ${spread(own)}`);
console.log(`requests meanwhile           ${asked}, ${failed} failed`);
await run.end('SIGINT');
removeHome(home);
