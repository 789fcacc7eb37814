import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { scratchStore } from '../../test/fixtures/store/scratch-store.ts';
import type { Digest } from '../base/digest.ts';
import { canonicalJson } from '../base/json.ts';
import { packFolder } from '../builders/canonical-tar.ts';
import type { App } from '../factors/01-codebase/app.ts';
import type { Build } from '../factors/05-build-release-run/build.ts';
import type { SlugManifest } from '../factors/05-build-release-run/slug.ts';
import { type Artifacts, openArtifacts } from './artifacts.ts';
import { releaseOf, revision, slugOf } from './contract/subject.contract.ts';
import { type Collecting, collectGarbage, requireArtifacts } from './garbage.ts';
import { type Layers, openLayers } from './layers.ts';
import type { Store } from './store.ts';

interface Shelf {
  readonly root: string;
  readonly store: Store;
  readonly artifacts: Artifacts;
  readonly layers: Layers;
  collect(change?: Partial<Collecting>): Promise<readonly Digest[]>;
}

async function shelf(context: TestContext): Promise<Shelf> {
  const root = mkdtempSync(path.join(tmpdir(), 'dozen-garbage-'));
  context.after(() => rmSync(root, { recursive: true }));
  const store = scratchStore(context).open();
  const artifacts = await openArtifacts(path.join(root, 'artifacts'));
  const layers = await openLayers(path.join(root, 'layers'), artifacts);
  const { signal } = new AbortController();
  const all = {
    store,
    artifacts,
    layers,
    clock: Date,
    purgeCache: false,
    inUse: async () => new Set<Digest>(),
    signal,
  };
  return { root, store, artifacts, layers, collect: (change) => collectGarbage({ ...all, ...change }) };
}

/** Keeps two builds. */
function appNamed({ store }: Shelf, name: string): App {
  const app = store.createApp(name);
  store.setAppSettings(app.id, { keptBuilds: 2 });
  return app;
}

async function layerOf({ root, artifacts }: Shelf, text: string): Promise<Digest> {
  const source = mkdtempSync(path.join(root, 'source-'));
  mkdirSync(path.join(source, 'app'));
  writeFileSync(path.join(source, 'app/text'), text);
  return (await artifacts.put(packFolder(source))).digest;
}

const month = 30 * 24 * 3600;

/** As if nobody had used them for a month. */
function age({ root }: Shelf, ...digests: readonly Digest[]): void {
  const then = Date.now() / 1000 - month;
  for (const digest of digests)
    utimesSync(path.join(root, 'artifacts', digest.slice(0, 2), digest), then, then);
}

interface Made {
  readonly build: Build;
  readonly layer: Digest;
  readonly text: string;
}

/** A build of one layer, unused for a month. */
async function buildOf(shelf: Shelf, app: App, text: string): Promise<Made> {
  const layer = await layerOf(shelf, text);
  const slug: SlugManifest = { ...slugOf(text).slug, layers: [{ kind: 'app', digest: layer, size: 1 }] };
  const digest = createHash('sha256').update(canonicalJson(slug)).digest('hex');
  const { id } = shelf.store.startBuild({ appId: app.id, revision, builder: 'node', actor: null });
  const build = shelf.store.finishBuild(id, { slug, digest });
  age(shelf, layer);
  return { build, layer, text };
}

async function releasedOf(shelf: Shelf, app: App, text: string): Promise<Made> {
  const made = await buildOf(shelf, app, text);
  const { version } = releaseOf(shelf.store, made.build);
  shelf.store.addReleaseEvent(app.id, version, 'succeeded', null);
  return made;
}

/** Looks for the layers as a rollout does, and reads what a process would see. */
async function runs({ store, artifacts, layers }: Shelf, { build, layer, text }: Made): Promise<boolean> {
  const slug = store.slug(build.slug ?? '');
  assert.ok(slug !== null);
  try {
    await requireArtifacts(artifacts, slug, { version: 1, keptBuilds: 2 });
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'ARTIFACT_COLLECTED');
    return false;
  }
  return readFileSync(path.join(await layers.unpack(layer), 'app/text'), 'utf8') === text;
}

test('what may be deployed before may be deployed after, and the rest is gone, unpacked or not', async (context) => {
  const all = await shelf(context);
  const app = appNamed(all, 'one');
  const other = appNamed(all, 'two');
  const made = [];
  for (const text of ['1', '2', '3', '4']) made.push(await releasedOf(all, app, text));
  const [one, two, three, four] = made as [Made, Made, Made, Made];
  await releasedOf(all, other, '1');
  const place = await all.layers.unpack(two.layer);
  assert.deepEqual(await all.collect(), [two.layer]);
  assert.equal(existsSync(place), false);
  assert.deepEqual(await all.layers.list(), []);
  assert.deepEqual(await Promise.all([one, two, three, four].map((each) => runs(all, each))), [
    true,
    false,
    true,
    true,
  ]);
  assert.deepEqual(await all.collect(), []);
});

test('the layers of an app that was destroyed go, those it shared stay', async (context) => {
  const all = await shelf(context);
  const [gone, stays] = ['gone', 'stays'].map((name) => appNamed(all, name)) as [App, App];
  const own = await releasedOf(all, gone, 'own');
  const shared = await releasedOf(all, gone, 'shared');
  await releasedOf(all, stays, 'shared');
  all.store.destroyApp(gone.id);
  assert.deepEqual(await all.collect(), [own.layer]);
  assert.ok(await runs(all, shared));
});

test('what a build at work has just made or found is not taken from it', async (context) => {
  const all = await shelf(context);
  const app = appNamed(all, 'one');
  for (const text of ['1', '2', '3']) await releasedOf(all, app, text);
  const old = (await all.artifacts.list()).map(({ digest }) => digest);
  age(all, ...old);
  all.store.startBuild({ appId: app.id, revision, builder: 'node', actor: null });
  const made = await layerOf(all, 'new');
  const found = await layerOf(all, '1');
  age(all, found);
  assert.ok(await all.artifacts.find(found));
  assert.deepEqual(await all.collect(), []);
  assert.ok(await all.artifacts.find(made));
});

test('a layer that runs stays, though nothing would be deployed from it', async (context) => {
  const all = await shelf(context);
  const app = appNamed(all, 'one');
  const [one] = await Promise.all([releasedOf(all, app, '1')]);
  for (const text of ['2', '3']) await releasedOf(all, app, text);
  const place = await all.layers.unpack(one.layer);
  assert.deepEqual(await all.collect({ inUse: async () => new Set([one.layer]) }), []);
  assert.ok(existsSync(place));
  assert.deepEqual(await all.collect(), [one.layer]);
});

test('a release that comes while layers are collected keeps its own', async (context) => {
  for (const when of [2, 3, 4]) {
    const all = await shelf(context);
    const app = appNamed(all, 'one');
    const one = await releasedOf(all, app, '1');
    for (const text of ['2', '3']) await releasedOf(all, app, text);
    await all.layers.unpack(one.layer);
    let asked = 0;
    const inUse = async (): Promise<ReadonlySet<Digest>> => {
      asked += 1;
      if (asked === when) releaseOf(all.store, one.build);
      return new Set();
    };
    const collected = await all.collect({ inUse });
    assert.ok(asked >= when);
    assert.equal(collected.includes(one.layer), false, `at question ${when}`);
    assert.ok(await runs(all, one), `at question ${when}`);
  }
});

test('a layer that a build finds while it is collected is put back', async (context) => {
  for (const when of [2, 3]) {
    const all = await shelf(context);
    const app = appNamed(all, 'one');
    const one = await releasedOf(all, app, '1');
    for (const text of ['2', '3']) await releasedOf(all, app, text);
    await all.layers.unpack(one.layer);
    let asked = 0;
    const inUse = async (): Promise<ReadonlySet<Digest>> => {
      asked += 1;
      if (asked === when) assert.ok(await all.artifacts.find(one.layer));
      return new Set();
    };
    assert.deepEqual(await all.collect({ inUse }), [], `at question ${when}`);
    assert.ok(asked >= when);
    assert.ok(await runs(all, one), `at question ${when}`);
  }
});

test('a layer that is looked for while it is aside is not there, and is made again', async (context) => {
  const all = await shelf(context);
  const app = appNamed(all, 'one');
  const one = await releasedOf(all, app, '1');
  for (const text of ['2', '3']) await releasedOf(all, app, text);
  let asked = 0;
  const inUse = async (): Promise<ReadonlySet<Digest>> => {
    asked += 1;
    if (asked !== 3) return new Set();
    assert.equal(await all.artifacts.find(one.layer), null);
    assert.equal(await layerOf(all, '1'), one.layer);
    return new Set();
  };
  await all.collect({ inUse });
  assert.equal(asked, 3);
  assert.ok(await runs(all, one));
});

test('what a collector that was killed had set aside is put back, and collected by the next', async (context) => {
  const all = await shelf(context);
  const app = appNamed(all, 'one');
  const made = [];
  for (const text of ['1', '2', '3']) made.push(await releasedOf(all, app, text));
  const [one, two] = made as [Made, Made];
  const place = await all.layers.unpack(two.layer);
  for (const { layer } of [one, two]) {
    renameSync(
      path.join(all.root, 'artifacts', layer.slice(0, 2), layer),
      path.join(all.root, 'artifacts/tmp', `aside-${layer}`),
    );
  }
  renameSync(place, path.join(path.dirname(place), `aside-${two.layer}`));
  await all.artifacts.sweep();
  await all.layers.sweep();
  assert.ok(existsSync(place));
  assert.deepEqual(await all.collect(), [one.layer]);
  assert.ok(await runs(all, two));
});

test('a collector that was killed between a layer and its artifact is completed by the next', async (context) => {
  const all = await shelf(context);
  const app = appNamed(all, 'one');
  const one = await releasedOf(all, app, '1');
  for (const text of ['2', '3']) await releasedOf(all, app, text);
  const place = await all.layers.unpack(one.layer);
  await all.artifacts.remove(one.layer);
  assert.deepEqual(await all.collect(), [one.layer]);
  assert.equal(existsSync(place), false);
});

test('one that is aborted stops between two layers', async (context) => {
  const all = await shelf(context);
  const app = appNamed(all, 'one');
  for (const text of ['1', '2', '3', '4']) await releasedOf(all, app, text);
  const stop = new AbortController();
  let asked = 0;
  const inUse = async (): Promise<ReadonlySet<Digest>> => {
    asked += 1;
    if (asked === 2) stop.abort();
    return new Set();
  };
  assert.equal((await all.collect({ inUse, signal: stop.signal })).length, 1);
  assert.equal((await all.collect()).length, 1);
});

test('what only builds use goes at once when their cache is purged, and what slugs name stays as long as ever', async (context) => {
  const all = await shelf(context);
  const app = appNamed(all, 'one');
  const { layer } = await releasedOf(all, app, 'app');
  const cached = await layerOf(all, 'tool');
  assert.deepEqual(await all.collect({ purgeCache: true }), [], 'a build may have found it a moment ago');
  const then = Date.now() / 1000 - 120;
  for (const digest of [cached, layer])
    utimesSync(path.join(all.root, 'artifacts', digest.slice(0, 2), digest), then, then);
  assert.deepEqual(await all.collect(), []);
  assert.deepEqual(await all.collect({ purgeCache: true }), [cached]);
});
