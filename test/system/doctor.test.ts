import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { makeHome, pidsOf, removeHome } from '../parts/platform-run.ts';
import { cli, removeServer, type ServerRun, startServer } from '../parts/server-run.ts';

interface Finding {
  readonly what: string;
  readonly state: 'good' | 'note' | 'bad';
  readonly said: string;
  readonly next: string | null;
}

function programsButGit(folder: string): string {
  const programs = path.join(folder, 'bin');
  mkdirSync(programs);
  for (const name of readdirSync('/usr/bin').filter((each) => each !== 'git' && each !== 'node'))
    symlinkSync(path.join('/usr/bin', name), path.join(programs, name));
  symlinkSync(process.execPath, path.join(programs, 'node'));
  return programs;
}

describe('dozen doctor', { timeout: 120_000 }, () => {
  let run: ServerRun;

  const examine = async (
    home = run.home,
    env = {},
  ): Promise<{ status: number | null; found: Map<string, Finding> }> => {
    const { status, stdout } = await cli(home, ['doctor', '--json'], { env });
    const found = new Map((JSON.parse(stdout) as Finding[]).map((one) => [one.what, one]));
    return { status, found };
  };

  before(async () => {
    run = await startServer();
    await cli(run.home, ['apps', 'create', 'hello']);
  });
  after(() => removeServer(run));

  test('finds a platform that runs well', async () => {
    const { found, status } = await examine();
    for (const what of ['isolation', 'files', 'clock', 'git', 'platform', 'ledger', 'services'])
      assert.equal(found.get(what)?.state, 'good', JSON.stringify(found.get(what)));
    assert.equal(found.get('ledger')?.said, 'the chains of all apps hold (1)');
    assert.equal(status, [...found.values()].some(({ state }) => state === 'bad') ? 1 : 0);
    const { stdout } = await cli(run.home, ['doctor']);
    assert.match(stdout, /^good {2}isolation {3}a process between walls was started and ended$/m);
  });

  test('finds that Git is not there, and says what to type', async (context) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'dozen-programs-'));
    context.after(() => rmSync(folder, { recursive: true }));
    const { found, status } = await examine(run.home, { PATH: programsButGit(folder) });
    assert.deepEqual(found.get('git'), {
      what: 'git',
      state: 'bad',
      said: 'not there: nothing can be pushed or deployed',
      next: 'apt-get install git',
    });
    assert.equal(status, 1);
  });

  test('finds a role that is gone, and a key that does not fit', async () => {
    await run.end('SIGKILL');
    const [control = 0] = pidsOf(run.home, 'control');
    process.kill(control, 'SIGKILL');
    const away = await examine();
    assert.equal(away.found.get('platform')?.said, 'control 0, runner 1, router 2');
    assert.equal(away.status, 1);
    const wrong = await examine(run.home, { DOZEN_KEY: '0'.repeat(64) });
    assert.match(wrong.found.get('ledger')?.said ?? '', /it needs the master key/);
    run = await startServer(run.home);
  });

  test('finds a machine without a platform', async () => {
    const home = makeHome();
    const { found } = await examine(home);
    assert.equal(found.get('platform')?.state, 'note');
    assert.ok(found.has('router') && found.has('api') && !found.has('ledger'));
    removeHome(home);
  });
});
