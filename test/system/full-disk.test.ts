/** `dozen up` on a disk of its own that gets full. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import {
  commit,
  deploy,
  dozen,
  eventually,
  get,
  helloFiles,
  makeApp,
  pidsOf,
  processesOf,
  serving,
  type UpRun,
  urlOf,
  watch,
  write,
} from '../parts/platform-run.ts';

const isRoot = process.getuid?.() === 0;
/** Where the small disk is seen, by the processes that were started on it. */
const home = '/mnt/dozen-full-disk';

/** Makes a disk of its own for whatever is started behind these words. */
const onSmallDisk = (megabytes: number): readonly string[] => [
  ...['unshare', '--mount', 'sh', '-c'],
  `mount -t tmpfs -o size=${megabytes}m dozen-test /mnt && exec "$@"`,
  'sh',
];

suite('a disk that gets full', { skip: isRoot ? false : 'needs root', timeout: 240_000 }, () => {
  let app: string;
  let run: UpRun;
  let url: string;
  /** The small disk, seen from here. */
  let disk: string;
  before(async () => {
    app = makeApp(helloFiles);
    run = watch([...onSmallDisk(400), dozen, 'up', '--json', app], { DOZEN_HOME: home });
    url = urlOf(await run.until(serving));
    disk = `/proc/${run.child.pid}/root${home}`;
  });
  after(async () => {
    assert.equal(await run.end('SIGINT'), 0, run.errors());
    assert.deepEqual(processesOf(home), []);
  });

  /** Writes until nothing more goes in. */
  function fill(): void {
    for (const block of [1024 * 1024, 4096])
      assert.throws(
        () => {
          for (;;) writeFileSync(path.join(disk, 'filler'), Buffer.alloc(block), { flag: 'a' });
        },
        { code: 'ENOSPC' },
      );
  }

  test('leaves the app serving, refuses a deploy with DISK_FULL and what to do', async () => {
    const before = (await get(url)).text;
    fill();
    write(app, { 'version.js': "module.exports = 'two';\n" });
    commit(app, 'Change it');
    const last = (await deploy(disk, { app: 'hello', folder: app, from: 'commit' })).at(-1);
    assert.equal(last?.kind, 'failed');
    const error = last?.kind === 'failed' ? last.error : assert.fail();
    assert.equal(error.code, 'DISK_FULL', error.message);
    assert.match(error.hint ?? '', /^Free space/);
    assert.equal((await get(url)).text, before, 'the same process answers');
  });

  test('a runner killed meanwhile says why it is not back, and the app serves on', async () => {
    const before = (await get(url)).text;
    const [runner] = pidsOf(home, 'runner');
    assert.ok(runner);
    process.kill(runner, 'SIGKILL');
    const failed = await run.until(
      ({ kind, event, of }) => kind === 'platform' && event === 'failed' && of === 'runner',
    );
    assert.equal((failed.error as { code: string }).code, 'DISK_FULL');
    assert.equal((await get(url)).text, before, 'the same process answers');
  });

  test('once there is room the runner is back with the same process, and the deploy works', async () => {
    const before = (await get(url)).text;
    rmSync(path.join(disk, 'filler'));
    await eventually(() => pidsOf(home, 'runner').length > 0 && !isDown(), {
      what: 'the runner is back',
      withinMs: 60_000,
    });
    assert.equal((await get(url)).text, before, 'the same process answers');
    const last = (await deploy(disk, { app: 'hello', folder: app, from: 'commit' })).at(-1);
    assert.equal(last?.kind, 'serving', JSON.stringify(last));
    assert.match((await get(url)).text, /^two /);
  });

  /** Whether the last that was said of the runner is that it failed. */
  function isDown(): boolean {
    const last = run.said.findLast(
      ({ kind, event, of, role }) =>
        kind === 'platform' &&
        ((event === 'failed' && of === 'runner') || (event === 'ready' && role === 'runner')),
    );
    return last?.event === 'failed';
  }

  test('one too small from the beginning is told so, and nothing keeps running', async () => {
    const other = '/mnt/dozen-no-disk';
    const small = watch([...onSmallDisk(16), dozen, 'up', '--json', app], { DOZEN_HOME: other });
    assert.notEqual(await small.ended, 0);
    const failed = small.said.find(({ kind }) => kind === 'failed');
    assert.equal(
      (failed?.error as { code: string } | undefined)?.code,
      'DISK_FULL',
      JSON.stringify(small.said),
    );
    assert.deepEqual(processesOf(other), []);
  });
});
