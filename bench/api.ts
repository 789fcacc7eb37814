/**
 * Reads of the API over a ledger of 1,000 apps with 50 releases each, by one client after another request.
 *
 *     npm run build && node bench/api.ts
 */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { canonicalJson } from '../src/base/json.ts';
import { openHomeStore, prepareHomeStore } from '../src/daemon/home-store.ts';
import type { SlugManifest } from '../src/factors/05-build-release-run/slug.ts';
import { openHome } from '../src/store/home.ts';
import { eventually, get, makeHome, pidsOf } from '../test/parts/platform-run.ts';
import { removeServer, startServer } from '../test/parts/server-run.ts';

const apps = Number(process.argv[2] ?? 1_000);
const releasesEach = 50;
const rounds = 2_000;

const home = makeHome();
const filling = performance.now();
fill();
console.log(`filled: ${apps} apps, ${apps * releasesEach} releases in ${seconds(filling)}`);
const starting = performance.now();
const run = await startServer(home);
console.log(`server ready after ${seconds(starting)}`);

const told = performance.now();
for (let at = 0; at < apps; at += 1)
  await eventually(async () => (await get(`http://app-${at}.localhost:${run.routerPort}/`)).status === 503, {
    what: `app ${at} is known to the router`,
    withinMs: 120_000,
  });
console.log(`all apps known to the engine and the routers ${seconds(told)} later`);

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
for (const [name, path] of [
  ['one app', () => `/apps/app-${any()}`],
  ['its releases', () => `/apps/app-${any()}/releases`],
  ['one release', () => `/apps/app-${any()}/releases/${1 + Math.floor(Math.random() * releasesEach)}`],
  ['its config', () => `/apps/app-${any()}/config-vars`],
  ['its processes', () => `/apps/app-${any()}/dynos`],
  ['200 apps', () => '/apps'],
] as const) {
  const count = name === '200 apps' ? 400 : rounds;
  const times: number[] = [];
  for (let at = 0; at < count; at += 1) times.push(await timed(path()));
  times.sort((a, b) => a - b);
  const part = (share: number): string => (times[Math.floor(count * share)] ?? 0).toFixed(1);
  console.log(
    `${name.padEnd(14)} p50 ${part(0.5)} ms, p99 ${part(0.99)} ms, most ${(times.at(-1) ?? 0).toFixed(1)} ms (${count})`,
  );
}
for (const role of ['control', 'runner', 'router']) {
  const pss = pidsOf(home, role).map(
    (pid) => /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1],
  );
  console.log(`${role.padEnd(14)} ${pss.map((kb) => (Number(kb) / 1024).toFixed(0)).join(' + ')} MB PSS`);
}
agent.destroy();
await removeServer(run);
rmSync(home, { recursive: true, force: true });

function any(): number {
  return Math.floor(Math.random() * apps);
}

function fill(): void {
  const clock = { now: () => Date.now(), monotonic: () => performance.now(), sleep: async () => undefined };
  const held = openHome(home, { command: 'bench', clock });
  prepareHomeStore(home);
  const store = openHomeStore(home);
  const slug: SlugManifest = {
    format: 1,
    layers: [],
    builder: { name: 'procfile', version: '1' },
    runtimes: [],
    processTypes: { web: 'true' },
    release: null,
    environment: {},
  };
  const digest = createHash('sha256').update(canonicalJson(slug)).digest('hex');
  const revision = {
    commit: 'c'.repeat(40),
    branch: 'main',
    author: null,
    subject: 'x',
    committedAt: 1,
    roots: [],
    folder: '',
    worktree: null,
  };
  for (let at = 0; at < apps; at += 1) {
    const app = store.createApp(`app-${at}`);
    const { id } = store.startBuild({ appId: app.id, revision, builder: 'procfile', actor: null });
    const build = store.finishBuild(id, { slug, digest });
    // Scaled to nothing: it is the ledger that is measured.
    store.scale(app.id, { web: 0 });
    for (let version = 1; version <= releasesEach; version += 1) {
      store.createRelease({
        appId: app.id,
        buildId: build.id,
        actor: 'bench@example.org',
        description: `Deploy ${version}`,
      });
      store.addReleaseEvent(app.id, version, 'succeeded', null);
    }
  }
  store.close();
  held.close();
}

function timed(path: string): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    request(
      new URL(path, run.apiUrl),
      { agent, headers: { Authorization: `Bearer ${run.token}` } },
      (response) => {
        if ((response.statusCode ?? 0) >= 300) reject(new Error(`${path}: ${response.statusCode}`));
        response.resume().once('end', () => resolve(performance.now() - began));
      },
    )
      .once('error', reject)
      .end();
  });
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
