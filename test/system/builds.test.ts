import assert from 'node:assert/strict';
import { readdirSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  commit,
  deploy,
  eventually,
  helloFiles,
  makeApp,
  pidsOf,
  processesOf,
  write,
} from '../parts/platform-run.ts';
import { cli, cliJson, removeServer, type ServerRun, startServer } from '../parts/server-run.ts';

interface Build {
  readonly id: string;
  readonly status: string;
  readonly reason: string | null;
  readonly releases: readonly number[];
  readonly kept: boolean;
}

describe('builds', { timeout: 300_000 }, () => {
  let run: ServerRun;
  let folder: string;

  before(async () => {
    run = await startServer();
    folder = makeApp({
      ...helloFiles,
      Procfile: 'web: node server.js\nrelease: echo migrated && echo twice\n',
    });
    await cli(run.home, ['apps', 'create', 'hello']);
    await cli(run.home, ['config', 'set', 'KEY=secret-value', 'OLD=1', '-a', 'hello']);
    await deployed('one');
  });
  after(() => removeServer(run));

  async function deployed(version: string): Promise<string | undefined> {
    write(folder, { 'version.js': `module.exports = '${version}';\n` });
    commit(folder, `Say ${version}`);
    return (await deploy(run.home, { app: 'hello', folder, from: 'commit' })).at(-1)?.kind;
  }

  const dozen = (...args: readonly string[]): ReturnType<typeof cli> =>
    cli(run.home, [...args, '-a', 'hello']);

  async function said(...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await dozen(...args);
    assert.equal(status, 0, stderr);
    return stdout;
  }

  test('are listed, told about, and keep what they said', async () => {
    const [build] = await cliJson<Build[]>(run.home, ['builds', '-a', 'hello']);
    assert.deepEqual([build?.status, build?.releases, build?.kept], ['succeeded', [2], true]);
    assert.match(await said('builds'), /^BUILD .*\n[0-9a-f]{8} {2}succeeded {2}[0-9a-f]{7} {2}Say one .*v2 /);
    assert.match(await said('builds', 'info', build?.id.slice(0, 8) ?? ''), /^Kept +yes$/m);
    assert.match(
      await said('builds', 'output'),
      /^codebase {2}[0-9a-f]{7} "Say one" on main, 4 files\nbuild {5}node \(package\.json\)\n(.*\n)*build {5}node .* \([\d.]+ s\)\n$/,
    );
    assert.match((await dozen('builds', 'output', 'abcd')).stderr, /\(BUILD_UNKNOWN\)/);
  });

  test('what a release phase said is shown, by release', async () => {
    const lines =
      /^migrated\ntwice\nrelease {3}phase `echo migrated && echo twice`: exit code 0 \([\d.]+ s\)\n$/;
    assert.match(await said('releases', 'output'), lines);
    assert.match(await said('releases', 'output', 'v2'), lines);
    assert.match(
      (await dozen('releases', 'output', 'v1')).stderr,
      /^Cannot show the release phase of v1 of hello: nothing is kept of it \(OUTPUT_UNKNOWN\)/,
    );
    const [release] = (
      await cliJson<{ version: number; output_stream_url: string }[]>(run.home, ['releases', '-a', 'hello'])
    ).filter(({ version }) => version === 2);
    assert.match(await (await fetch(release?.output_stream_url ?? '')).text(), lines);
  });

  test('what a build consists of is a CycloneDX document', async () => {
    const document = JSON.parse(await said('builds', 'sbom'));
    assert.equal(document.bomFormat, 'CycloneDX');
    assert.equal(document.specVersion, '1.6');
  });

  test('two releases are compared by commit, config names, services and commands', async () => {
    await said('config', 'set', 'KEY=another-value', 'NEW=2');
    await said('config', 'unset', 'OLD');
    write(folder, {
      Procfile: 'web: node server.js\nclock: node server.js\nrelease: echo migrated && echo twice\n',
    });
    assert.equal(await deployed('two'), 'serving');
    const rows = (await said('releases', 'diff', 'v2', 'v5')).split('\n').map((row) => row.split(/ {2,}/));
    assert.deepEqual(
      rows.slice(1, -1).map((row) => row.slice(0, 3)),
      [
        ['commit', 'changed', rows[1]?.[2]],
        ['config', 'added', 'NEW'],
        ['config', 'removed', 'OLD'],
        ['config', 'changed', 'KEY'],
        ['process', 'added', 'clock'],
      ],
    );
    assert.match(rows[1]?.[2] ?? '', /^[0-9a-f]{7}\.\.[0-9a-f]{7} "Say two" by Ada/);
    const newest = await dozen('releases', 'diff', '--json');
    const diff = JSON.parse(newest.stdout);
    assert.deepEqual([diff.from, diff.to, diff.config.added], [4, 5, []]);
    assert.doesNotMatch(newest.stdout, /-value/);
    assert.match(await said('releases', 'diff', 'v5', 'v5'), /^v5 and v5 carry the same\n$/);
    const first = JSON.parse((await dozen('releases', 'diff', 'v1', 'v2', '--json')).stdout);
    assert.equal(first.commits.from, null);
  });

  test('the output of one whose control was killed is kept as far as it went, and says so', async () => {
    const scripts = { build: 'echo begun; sleep 61' };
    const manifest = JSON.parse(helloFiles['package.json']);
    write(folder, { 'package.json': JSON.stringify({ ...manifest, scripts }) });
    const deploying = deployed('three').catch((error: { code: string }) => error.code);
    await eventually(() => processesOf('sleep 61').length > 0, { what: 'the build sleeps' });
    let heard = '';
    const tailing = cli(run.home, ['builds', 'output', '--tail', '-a', 'hello'], {
      onOutput: (text) => {
        heard += text;
      },
    });
    await eventually(() => heard.includes('begun\n'), {
      what: 'the output is read while the build runs',
    });
    const [control = 0] = pidsOf(run.home, 'control');
    process.kill(control, 'SIGKILL');
    assert.equal(await deploying, 'PEER_AWAY');
    assert.match((await tailing).stdout, /begun\n$/);
    assert.match(
      await said('builds', 'output', '--tail'),
      /begun\nCut off: the process that wrote this was killed\n$/,
    );
    const [build] = await cliJson<Build[]>(run.home, ['builds', '-a', 'hello']);
    assert.deepEqual([build?.status, build?.reason], ['failed', 'INTERRUPTED']);
    write(folder, { 'package.json': helloFiles['package.json'] });
  });

  /** As if it had lain there for two hours. */
  function age(): void {
    const then = Date.now() / 1000 - 7200;
    for (const part of ['artifacts', 'outputs'])
      for (const name of readdirSync(path.join(run.home, part), { recursive: true, withFileTypes: true }))
        if (name.isFile()) utimesSync(path.join(name.parentPath, name.name), then, then);
  }

  test('those that are no longer kept are removed, and a release of one says so', async () => {
    assert.equal(await said('apps', 'retention'), 'hello keeps its last 10 builds\n');
    assert.equal(await said('apps', 'retention', '1'), 'hello keeps its last 1 build\n');
    assert.match((await dozen('apps', 'retention', '0')).stderr, /\(KEPT_BUILDS_INVALID\)/);
    assert.match(
      (await cli(run.home, ['prune', '--dry-run'])).stdout,
      /^Would remove 0 layers and 0 outputs/,
    );
    age();
    const dry = await cliJson<{ layers: number; outputs: number }>(run.home, ['prune', '--dry-run']);
    assert.equal(dry.layers, 1, 'the app layer of the first build');
    const pruned = await cli(run.home, ['prune']);
    assert.match(pruned.stdout, /^Removed 1 layer and \d outputs, [\d.]+ [KM]B\n$/);
    const builds = await cliJson<Build[]>(run.home, ['builds', '-a', 'hello']);
    assert.deepEqual(
      builds.map(({ kept }) => kept),
      [false, true, false],
    );
    const refused = await dozen('rollback', 'v2');
    assert.match(
      refused.stderr,
      /^Cannot run release 2: its build was removed, the last 1 are kept \(ARTIFACT_COLLECTED\)\n {2}Next: .*retention 2 /,
    );
    const releases = await cliJson<unknown[]>(run.home, ['releases', '-a', 'hello']);
    assert.equal(releases.length, 5, 'nothing was released');
    assert.match((await dozen('builds', 'sbom', builds[2]?.id ?? '')).stderr, /\(OUTPUT_UNKNOWN\)/);
  });

  test('a deploy that serves has the one before removed by itself', async () => {
    age();
    assert.equal(await deployed('four'), 'serving');
    age();
    await eventually(
      async () => {
        const builds = await cliJson<Build[]>(run.home, ['builds', '-a', 'hello']);
        return builds.filter(({ kept }) => kept).length === 1;
      },
      { what: 'one build is kept' },
    );
  });

  test('the cache of builds is told and purged', async () => {
    assert.match(
      (await cli(run.home, ['cache'])).stdout,
      /^The cache of builds has \d+ layers?, [\d.]+ [KM]B\n$/,
    );
    age();
    const purged = await cli(run.home, ['cache', 'purge']);
    assert.match(purged.stdout, /^Removed \d+ layers?, [\d.]+ [KM]B\n$/, purged.stderr);
    const left = await cliJson<{ layers: number }>(run.home, ['cache']);
    assert.equal(left.layers, 0);
    assert.equal(await deployed('five'), 'serving');
  });

  test('of another commit with the same content make a release that names it', async () => {
    const named = commit(folder, 'Say nothing new');
    const events = await deploy(run.home, { app: 'hello', folder, from: 'commit' });
    assert.partialDeepStrictEqual(
      events.find(({ kind }) => kind === 'release'),
      { unchanged: false, description: `Deploy ${named.slice(0, 7)}` },
    );
    assert.equal(events.at(-1)?.kind, 'serving');
    const again = await deploy(run.home, { app: 'hello', folder, from: 'commit' });
    assert.partialDeepStrictEqual(
      again.find(({ kind }) => kind === 'release'),
      { unchanged: true },
    );
    assert.equal(again.at(-1)?.kind, 'serving');
  });
});
