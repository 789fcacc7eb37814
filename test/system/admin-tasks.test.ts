import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeHome, removeHome } from '../parts/platform-run.ts';
import { cli, cliJson, removeServer, type ServerRun, startServer } from '../parts/server-run.ts';

describe('admin tasks over a home', { timeout: 120_000 }, () => {
  let home: string;
  let run: ServerRun | null = null;

  before(() => {
    home = makeHome();
  });
  after(async () => {
    if (run !== null) await removeServer(run);
    else removeHome(home);
  });

  test('migrate makes the store, and finds nothing to do the second time', async () => {
    const first = await cliJson<{ from: number; to: number }>(home, ['migrate']);
    assert.equal(first.from, 0);
    const again = await cli(home, ['migrate']);
    assert.equal(again.stdout, `The store of ${home} has layout ${first.to} already\n`);
  });

  test('a rotated key opens what was sealed before; with DOZEN_KEY it is said what to do instead', async () => {
    run = await startServer(home);
    await cli(home, ['apps', 'create', 'hello']);
    await cli(home, ['config', 'set', 'GREETING=hi', '-a', 'hello']);
    for (const task of ['migrate', 'rotate-key'])
      assert.match((await cli(home, [task])).stderr, /\(dozen server\) holds it .*\(HOME_LOCKED\)/s);
    await run.end('SIGKILL');
    assert.match((await cli(home, ['rotate-key'])).stderr, /\(HOME_IN_USE\)/);
    run = await startServer(home);
    await run.end('SIGTERM');
    const refused = await cli(home, ['rotate-key'], { env: { DOZEN_KEY: '0'.repeat(64) } });
    assert.match(refused.stderr, /\(KEY_FROM_ENVIRONMENT\)\n {2}Next: Put the key into/);
    const rotated = await cli(home, ['rotate-key']);
    assert.match(rotated.stdout, /^The store takes the key [0-9a-f]{16} now, in .*\/keys\/master\.key\n$/);
    run = await startServer(home);
    assert.equal((await cli(home, ['config', 'get', 'GREETING', '-a', 'hello'])).stdout, 'hi');
  });
});
