/** What every builder owes, whatever it builds. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { TestWorkshop } from '../../test/parts/build-workshop.ts';
import { canonicalJson } from '../base/json.ts';
import type { Builder, Workshop } from './builder.ts';

export interface BuilderCase {
  readonly builder: (workshop: Workshop) => Builder;
  /** An app that this builder knows, without a Procfile, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** The web process without a Procfile; null: it needs one. */
  readonly web: string | null;
  readonly open: (options: { readonly folder: string; readonly runtimes: string }) => Promise<TestWorkshop>;
}

const procfile = { Procfile: 'web: ./serve $PORT\nrelease: ./migrate\n' };

export function builderContract(name: string, { builder, files, web, open }: BuilderCase): void {
  describe(`the ${name} builder`, () => {
    const root = mkdtempSync(path.join(tmpdir(), 'dozen-test-'));
    let one: TestWorkshop;
    before(async () => {
      one = await another('one');
    });
    after(() => rmSync(root, { recursive: true, force: true }));

    const another = (workshop: string): Promise<TestWorkshop> =>
      open({ folder: fresh(root, workshop), runtimes: path.join(root, 'runtimes') });

    test('knows its app and says by what, and knows no empty folder', (t) => {
      const source = path.dirname(write(t, { ...files, ...procfile }));
      assert.match(builder(one).detect(source)?.reason ?? '', /^[\w./]+$/);
      assert.equal(builder(one).detect(path.dirname(write(t, {}))), null);
    });

    test('makes one slug of one tree, on machines that share nothing', async (t) => {
      const two = await another('two');
      const app = { ...files, ...procfile };
      const first = await one.build(builder(one), { app: write(t, app) });
      const second = await two.build(builder(two), { app: write(t, app) });
      assert.equal(canonicalJson(first.slug), canonicalJson(second.slug));
      assert.deepEqual(first.installed, second.installed);
    });

    test('makes another slug of another tree', async (t) => {
      const app = { ...files, ...procfile };
      const first = await one.build(builder(one), { app: write(t, app) });
      const second = await one.build(builder(one), { app: write(t, { ...app, 'more.txt': 'x' }) });
      assert.notEqual(first.slug.layers[0]?.digest, second.slug.layers[0]?.digest);
    });

    test('keeps its layers in the store, the app topmost, and needs its folders no longer', async (t) => {
      const { slug } = await one.build(builder(one), {
        app: write(t, { ...files, ...procfile, 'a\nb': 'x' }),
      });
      assert.equal(slug.layers[0]?.kind, 'app');
      for (const { digest, size } of slug.layers)
        assert.deepEqual(await one.layers.find(digest), { digest, size });
      const layer = await one.layers.unpack(slug.layers[0].digest, new AbortController().signal);
      assert.deepEqual(readdirSync(layer), ['app']);
      assert.ok(readdirSync(path.join(layer, 'app')).includes('a\nb'));
    });

    test('takes the processes and the release phase from the Procfile', async (t) => {
      const { slug } = await one.build(builder(one), { app: write(t, { ...files, ...procfile }) });
      assert.deepEqual({ ...slug.processTypes }, { web: './serve $PORT' });
      assert.equal(slug.release, './migrate');
    });

    test('without a Procfile runs what such apps run, or says what to write', async (t) => {
      const building = one.build(builder(one), { app: write(t, files) });
      if (web !== null) return assert.deepEqual({ ...(await building).slug.processTypes }, { web });
      await assert.rejects(building, {
        code: 'PROCFILE_MISSING',
        message: 'Cannot tell what to run: there is no Procfile, and no "start" script in package.json',
        hint: 'Add a Procfile with a line such as "web: node server.js", and commit it',
      });
    });

    test('leaves out what .slugignore names', async (t) => {
      const app = { ...files, ...procfile, '.slugignore': '*.psd\n/docs\n', 'art/a.psd': '', 'docs/x': '' };
      const { slug } = await one.build(builder(one), { app: write(t, app) });
      const layer = await one.layers.unpack(slug.layers[0]?.digest ?? '', new AbortController().signal);
      assert.deepEqual(readdirSync(path.join(layer, 'app/art')), []);
      assert.equal(readdirSync(path.join(layer, 'app')).includes('docs'), false);
    });

    test('does not begin once it is aborted', async (t) => {
      const building = one.build(builder(one), { app: write(t, files), signal: AbortSignal.abort() });
      await assert.rejects(building, { name: 'AbortError' });
    });
  });
}

function fresh(root: string, name: string): string {
  const folder = path.join(root, name);
  mkdirSync(folder);
  return folder;
}

/** A root-shaped folder with these files; gives its `app`. */
export function write(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(path.join(tmpdir(), 'dozen-test-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const app = path.join(root, 'app');
  mkdirSync(app);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(app, name)), { recursive: true });
    writeFileSync(path.join(app, name), text);
  }
  return app;
}
