import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openWorkshop, type TestWorkshop } from '../../../test/parts/build-workshop.ts';
import { describeExit } from '../../factors/06-processes/process.ts';
import { builderContract, write } from '../builder.contract.ts';
import type { BuildOutcome } from '../builder.ts';
import { sbomOf } from '../sbom.ts';
import { nodeBuilder } from './node.ts';

const fixtures = path.join(import.meta.dirname, 'fixtures');

function fixture(name: string, changes: Readonly<Record<string, string>> = {}): Record<string, string> {
  const folder = path.join(fixtures, name);
  const files = readdirSync(folder).map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]);
  return { ...Object.fromEntries(files), ...changes };
}

/** The npm fixture with members of its package.json replaced. */
function npmApp(members: object, files: Readonly<Record<string, string>> = {}): Record<string, string> {
  const app = fixture('npm', files);
  return { ...app, 'package.json': JSON.stringify({ ...JSON.parse(app['package.json'] ?? ''), ...members }) };
}

builderContract('node', {
  builder: nodeBuilder,
  files: fixture('npm'),
  web: 'npm start',
  open: openWorkshop,
});

describe('the node builder', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'dozen-test-'));
  const open = (name: string): Promise<TestWorkshop> =>
    openWorkshop({ folder: mkdtempSync(path.join(root, name)), runtimes: path.join(root, 'runtimes') });
  let workshop: TestWorkshop;
  before(async () => {
    workshop = await open('one');
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  async function build(
    app: string,
    options: { at?: TestWorkshop; settings?: object } = {},
  ): Promise<BuildOutcome & { output: string; steps: string[] }> {
    const { at = workshop, settings = {} } = options;
    const before = at.steps.length;
    let output = '';
    const onOutput = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    const outcome = await at.build(nodeBuilder(at), { app, settings, onOutput });
    return { ...outcome, output, steps: at.steps.slice(before).map(({ argv }) => argv.join(' ')) };
  }

  for (const manager of ['npm', 'pnpm', 'yarn', 'berry']) {
    test(`with ${manager}, two machines make one slug, which runs without what only the build needs`, async (t) => {
      const first = await build(write(t, fixture(manager)));
      const second = await build(write(t, fixture(manager)), { at: await open('two') });
      assert.deepEqual(first.slug, second.slug);
      assert.equal(first.packages, 1);
      const licences = manager === 'berry' ? [] : ['MIT'];
      assert.deepEqual(first.installed, [{ name: 'ms', version: '2.1.3', licences }]);
      assert.equal(sbomOf({ ...first, digest: 'd' }), sbomOf({ ...second, digest: 'd' }));
      const start = await workshop.run(first.slug, ['/bin/sh', '-c', first.slug.processTypes.web ?? '']);
      assert.match(start.output, /^1s$/m);
      assert.equal(describeExit(start.exit), 'exit code 0');
      const built = await workshop.run(first.slug, ['cat', 'built.txt']);
      assert.equal(built.output, 'true\n');
      const missing = await workshop.run(first.slug, ['npm', 'run', 'build']);
      assert.equal(describeExit(missing.exit), 'exit code 1');
    });
  }

  test('an unchanged lockfile installs nothing, whatever else changed', async (t) => {
    const at = await open('unchanged');
    const first = await build(write(t, npmApp({ description: 'one' })), { at });
    assert.deepEqual(first.steps, ['npm ci --include=dev', 'npm ci --omit=dev', 'npm run build']);
    const scripts = { build: 'echo other > built.txt', start: 'node index.js' };
    const second = await build(write(t, npmApp({ description: 'two', version: '2.0.0', scripts })), { at });
    assert.deepEqual(second.steps, ['npm run build']);
    assert.deepEqual([first.reused, second.reused], [false, true]);
    assert.deepEqual(second.installed, first.installed);
    assert.equal(second.slug.layers[1]?.digest, first.slug.layers[1]?.digest);
    assert.notEqual(second.slug.layers[0]?.digest, first.slug.layers[0]?.digest);
  });

  test('dependencies whose layer is gone are installed again', async (t) => {
    const at = await open('gone');
    const { slug } = await build(write(t, fixture('npm')), { at });
    rmSync(path.join(at.folder, 'artifacts'), { recursive: true });
    mkdirSync(path.join(at.folder, 'artifacts/tmp'), { recursive: true });
    const again = await build(write(t, fixture('npm')), { at });
    assert.equal(again.reused, false);
    assert.deepEqual(again.slug, slug);
  });

  test('only the install has the network', async (t) => {
    const at = await open('network');
    const dial = `require('net').connect(80, '1.1.1.1').on('error', (error) => console.log(error.code));`;
    const scripts = { build: 'node dial.js', start: 'x' };
    const { output } = await build(write(t, npmApp({ scripts }, { 'dial.js': dial })), { at });
    assert.deepEqual(
      at.steps.map(({ argv, network }) => [argv[1], network]),
      [
        ['ci', true],
        ['ci', true],
        ['run', false],
      ],
    );
    assert.match(output, /^ENETUNREACH$/m);
  });

  test('a build sees an empty home and no variable of the machine or the app', async (t) => {
    process.env.DOZEN_TEST_SECRET = 'x';
    t.after(() => delete process.env.DOZEN_TEST_SECRET);
    const scripts = { build: 'node -p "JSON.stringify(process.env)" && ls -A $HOME && echo END', start: 'x' };
    const { output } = await build(write(t, npmApp({ scripts })));
    const variables = Object.keys(JSON.parse(/^\{.*\}$/m.exec(output)?.[0] ?? '{}'));
    const others = variables.filter(
      (name) =>
        !/^npm_|^(PATH|HOME|LANG|TERM|NODE_ENV|PWD|INIT_CWD|NODE|EDITOR|COLOR|SHLVL|_|SHELL)$/.test(name),
    );
    assert.deepEqual(others, []);
    assert.match(output, /\}\n(\.npm\n)?END$/m);
  });

  test('the own scripts of an app run after the install, on its source', async (t) => {
    const scripts = {
      postinstall: 'cat index.js',
      prepare: 'echo prepared',
      build: 'echo built',
      start: 'x',
    };
    const { steps } = await build(write(t, npmApp({ scripts })));
    assert.deepEqual(steps.slice(-3), ['npm run postinstall', 'npm run prepare', 'npm run build']);
  });

  test('heroku-postbuild runs in place of build', async (t) => {
    const scripts = { build: 'exit 1', 'heroku-postbuild': 'echo instead', start: 'x' };
    assert.match((await build(write(t, npmApp({ scripts })))).output, /^instead$/m);
  });

  test('what the build writes into node_modules is in the slug', async (t) => {
    const scripts = { build: 'mkdir -p node_modules/.made && echo made > node_modules/.made/x', start: 'x' };
    const { slug } = await build(write(t, npmApp({ scripts })));
    assert.equal((await workshop.run(slug, ['cat', 'node_modules/.made/x'])).output, 'made\n');
    assert.equal((await workshop.run(slug, ['node', 'index.js'])).output, '1s\n');
  });

  test('a build that fails says with what, and what it printed last', async (t) => {
    const scripts = { build: 'echo one; echo two >&2; exit 3', start: 'x' };
    await assert.rejects(
      build(write(t, npmApp({ scripts }))),
      (error: Error & { code: string; hint: string }) => {
        assert.equal(error.code, 'BUILD_FAILED');
        assert.equal(error.message, 'Cannot build: "npm run build" ended, exit code 3');
        assert.match(error.hint, /\none\ntwo$/m);
        return true;
      },
    );
  });

  test('a step over its time is stopped', async (t) => {
    const scripts = { build: 'sleep 600', start: 'x' };
    await build(write(t, fixture('npm')));
    await assert.rejects(build(write(t, npmApp({ scripts })), { settings: { timeoutMs: 3000 } }), {
      code: 'BUILD_TIMEOUT',
      message: 'Cannot build: "npm run build" was stopped after 3 s',
    });
  });

  test('a step that takes more memory than it may is ended, and says so', async (t) => {
    await build(write(t, fixture('npm')));
    const files = {
      ...npmApp({ scripts: { build: 'node take.js', start: 'x' } }),
      'take.js':
        'const all = []; const take = () => { all.push(Buffer.alloc(8e6, 1)); setTimeout(take, 5); }; take();',
    };
    await assert.rejects(build(write(t, files), { settings: { memoryLimit: 256 * 1024 * 1024 } }), {
      code: 'BUILD_OUT_OF_MEMORY',
      message: 'Cannot build: "npm run build" ended, out of memory: over its quota of 256 MB',
    });
  });

  const filling = {
    'in one file': 'dd if=/dev/zero of=big bs=1M count=300',
    'in many files, as fast as it can':
      'for i in $(seq 300); do dd if=/dev/zero of=part.$i bs=1M count=1; done',
    'in a file that it has deleted':
      'exec 5>gone; rm gone; for i in $(seq 6); do dd if=/dev/zero bs=1M count=15 >&5; done; sleep 600',
  };
  for (const [how, command] of Object.entries(filling))
    test(`a step that writes more than it may ${how} is ended, and says so`, async (t) => {
      const scripts = { build: command, start: 'x' };
      await build(write(t, fixture('npm')));
      await assert.rejects(
        build(write(t, npmApp({ scripts })), { settings: { diskLimit: 64 * 1024 * 1024 } }),
        {
          code: 'BUILD_OUT_OF_DISK',
          message:
            'Cannot build: "npm run build" ended, out of disk: over its quota of 64 MB of writable layer',
        },
      );
    });

  for (const [manager, file] of Object.entries({
    npm: 'package-lock.json',
    pnpm: 'pnpm-lock.yaml',
    yarn: 'yarn.lock',
    berry: 'yarn.lock',
  })) {
    test(`with ${manager}, a stale lockfile is refused`, async (t) => {
      const app = fixture(manager);
      const changed = app['package.json']?.replace('"ms": "2.1.3"', '"ms": "2.1.2"') ?? '';
      await assert.rejects(build(write(t, { ...app, 'package.json': changed })), {
        code: 'LOCKFILE_STALE',
        message: `Cannot install the dependencies: ${file} does not match package.json`,
      });
    });
  }

  test('an app without dependencies needs no lockfile and gets no dependency layer', async (t) => {
    const { slug, steps, packages } = await build(
      write(t, { 'package.json': '{"scripts":{"start":"node ."}}' }),
    );
    assert.deepEqual([slug.layers.map(({ kind }) => kind), steps, packages], [['app'], [], 0]);
  });

  test('a committed node_modules is left out, with a warning', async (t) => {
    const app = fixture('npm', { 'node_modules/ms/index.js': 'throw new Error("committed")' });
    const { slug, warnings } = await build(write(t, app));
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['NODE_MODULES_COMMITTED'],
    );
    assert.equal((await workshop.run(slug, ['node', 'index.js'])).output, '1s\n');
  });

  test('workspaces and packages of the repository itself are linked', async (t) => {
    const lock = {
      lockfileVersion: 3,
      requires: true,
      packages: {
        '': { workspaces: ['packages/*'], dependencies: { beside: 'file:beside' } },
        beside: { version: '1.0.0' },
        'node_modules/beside': { resolved: 'beside', link: true },
        'node_modules/inner': { resolved: 'packages/inner', link: true },
        'packages/inner': { version: '1.0.0' },
      },
    };
    const app = {
      'package.json': JSON.stringify({
        workspaces: ['packages/*'],
        dependencies: { beside: 'file:beside' },
        scripts: { start: 'node main.js' },
      }),
      'package-lock.json': JSON.stringify(lock),
      'main.js': 'console.log(require("inner") + require("beside"))',
      'packages/inner/package.json':
        '{"name":"inner","version":"1.0.0","scripts":{"postinstall":"echo inner at $PWD"}}',
      'packages/inner/index.js': 'module.exports = "in"',
      'beside/package.json': '{"name":"beside","version":"1.0.0"}',
      'beside/index.js': 'module.exports = "beside"',
    };
    const { slug, output } = await build(write(t, app));
    assert.match(output, /^inner at \/app\/packages\/inner$/m);
    assert.match((await workshop.run(slug, ['npm', 'start'])).output, /^inbeside$/m);
  });

  test('packages are asked for where the operator says', async (t) => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization}`);
      response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const settings = {
      env: { npm_config_registry: `http://127.0.0.1:${port}/`, npm_config_fetch_retries: '0' },
      npmrc: `//127.0.0.1:${port}/:_authToken=token\n`,
    };
    const at = await open('registry');
    await assert.rejects(build(write(t, fixture('npm')), { at, settings }), { code: 'BUILD_FAILED' });
    assert.ok(asked.includes('/ms Bearer token'), asked.join(', '));
  });

  test('the app gets the Node and the package manager that it declares', async (t) => {
    const manager = 'yarn@1.22.22+sha1.ac34549e6aa8e7ead463a7407e1c7390f61a6610';
    const app = fixture('yarn');
    const declared = {
      ...JSON.parse(app['package.json'] ?? ''),
      packageManager: manager,
      engines: { node: '22.x' },
    };
    const { slug } = await build(write(t, { ...app, 'package.json': JSON.stringify(declared) }));
    assert.deepEqual(
      slug.runtimes.map(({ name, version }) => `${name} ${version}`),
      ['node 22.23.3', 'npm 11.21.2', 'yarn 1.22.22'],
    );
    assert.equal((await workshop.run(slug, ['node', '--version'])).output, 'v22.23.3\n');
    assert.equal((await workshop.run(slug, ['yarn', '--version'])).output, '1.22.22\n');
  });

  test('a package manager that is not what the app says is refused', async (t) => {
    const manager = `yarn@1.22.21+sha1.${'0'.repeat(40)}`;
    const app = fixture('yarn');
    const declared = { ...JSON.parse(app['package.json'] ?? ''), packageManager: manager };
    await assert.rejects(
      build(write(t, { ...app, 'package.json': JSON.stringify(declared) })),
      (error: Error) => {
        assert.match(error.message, /^Cannot use yarn 1\.22\.21: its sha1 is [0-9a-f]{40}, not 0{40}$/);
        return true;
      },
    );
  });

  test('a package manager that there is not is refused', async (t) => {
    const app = npmApp({ packageManager: 'npm@11.999.0' });
    await assert.rejects(build(write(t, app)), {
      code: 'RUNTIME_UNAVAILABLE',
      message: 'Cannot get npm 11.999.0: npm could not install it',
    });
  });
});
