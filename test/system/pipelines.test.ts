import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  commit,
  deploy,
  eventually,
  get,
  helloFiles,
  makeApp,
  pidsOf,
  write,
} from '../parts/platform-run.ts';
import { cli, cliJson, removeServer, type ServerRun, startServer } from '../parts/server-run.ts';

interface Release {
  readonly version: number;
  readonly description: string;
  readonly status: string;
  readonly slug: { readonly id: string } | null;
}

const greeting = {
  ...helloFiles,
  'server.js': `
const version = require('./version.js');
require('node:http').createServer((request, response) => {
  response.end([version, process.env.GREETING, process.env.KEY].join(' '));
}).listen(process.env.PORT);
`,
  'app.json': JSON.stringify({ env: { GREETING: { required: true }, KEY: { generator: 'secret' } } }),
};

describe('pipelines', { timeout: 300_000 }, () => {
  let run: ServerRun;
  let folder: string;
  let revision: string;

  const works = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await cli(run.home, args);
    assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const textOf = async (app: string): Promise<string> =>
    (await get(`http://${app}.localhost:${run.routerPort}/`)).text;
  const releases = (app: string): Promise<Release[]> => cliJson(run.home, ['releases', '-a', app]);
  const builds = async (): Promise<number> => pidsOf(run.home, 'build').length;

  before(async () => {
    run = await startServer();
    folder = makeApp(greeting);
    revision = commit(folder, 'Begin again').slice(0, 7);
    for (const app of ['shop-staging', 'shop-eu', 'shop-us']) {
      await works('apps', 'create', app);
      await works('config', 'set', `GREETING=from-${app}`, '-a', app);
    }
    const events = await deploy(run.home, { app: 'shop-staging', folder, from: 'commit' });
    assert.equal(events.at(-1)?.kind, 'serving', JSON.stringify(events.at(-1)));
  });
  after(() => removeServer(run));

  test('a pipeline has apps at stages', async () => {
    assert.equal(
      await works('pipelines', 'create', 'shop', '-a', 'shop-staging', '--stage', 'staging'),
      'Made shop with shop-staging in staging\n',
    );
    await works('pipelines', 'add', 'shop', '-a', 'shop-eu', '--stage', 'development');
    assert.equal(
      await works('pipelines', 'add', 'shop', '-a', 'shop-eu', '--stage', 'production'),
      'shop-eu is in production of shop\n',
    );
    await works('pipelines', 'add', 'shop', '-a', 'shop-us', '--stage', 'production');
    assert.equal(await works('pipelines'), 'shop\n');
    assert.equal(
      await works('pipelines', 'info', 'shop'),
      'STAGE       APP\nstaging     shop-staging\nproduction  shop-eu\nproduction  shop-us\n',
    );
  });

  test('a promotion gives the same build to the next stage, each app with its own config', async () => {
    const text = await works('pipelines', 'promote', '-a', 'shop-staging');
    assert.match(text, new RegExp(`^promote {3}shop-staging v2 ${revision} to shop-eu, shop-us\n`));
    assert.match(text, new RegExp(`^shop-us release {3}v2 Promote shop-staging v2 ${revision}$`, 'm'));
    assert.match(text, /^shop-eu serving /m);
    const [source] = await releases('shop-staging');
    const keys = new Set<string>();
    for (const app of ['shop-eu', 'shop-us']) {
      const [version, own, key = ''] = (await textOf(app)).split(' ');
      assert.deepEqual([version, own], ['one', `from-${app}`]);
      keys.add(key);
      const [made] = await releases(app);
      assert.equal(made?.description, `Promote shop-staging v2 ${revision}`);
      assert.equal(made?.slug?.id, source?.slug?.id);
    }
    assert.equal(keys.size, 2, 'a generated secret is of one app alone');
    assert.equal(await builds(), 0);
  });

  test('what an app runs already is not released again, and that is said', async () => {
    const text = await works('pipelines', 'promote', '-a', 'shop-staging', '--to', 'shop-eu');
    assert.match(text, /^shop-eu release {3}v2 \(unchanged\)$/m);
    assert.equal((await releases('shop-eu')).length, 2);
  });

  test('a target that fails keeps what it ran, and the others go on', async () => {
    write(folder, {
      'version.js':
        "if (process.env.GREETING === 'from-shop-us') process.exit(7);\nmodule.exports = 'two';\n",
    });
    commit(folder, 'Say two');
    await deploy(run.home, { app: 'shop-staging', folder, from: 'commit' });
    const { status, stdout, stderr } = await cli(run.home, ['pipelines', 'promote', '-a', 'shop-staging']);
    assert.equal(status, 1);
    assert.match(stdout, /^shop-us failed {4}Cannot start web\.1: exit code 7 \(PROCESS_NOT_READY\)/m);
    assert.match(stderr, /it failed for shop-us \(PROMOTION_INCOMPLETE\)/);
    assert.match(await textOf('shop-eu'), /^two /);
    assert.match(await textOf('shop-us'), /^one /);
    assert.equal((await releases('shop-us'))[0]?.status, 'failed');
  });

  test('an app that lacks what app.json requires is not released to', async () => {
    await works('config', 'unset', 'GREETING', '-a', 'shop-us');
    const { stdout } = await cli(run.home, ['pipelines', 'promote', '-a', 'shop-staging', '--to', 'shop-us']);
    assert.match(
      stdout,
      /app\.json requires GREETING \(CONFIG_REQUIRED\)\. Next: dozen config set GREETING=… -a shop-us/,
    );
    await works('config', 'set', 'GREETING=back', '-a', 'shop-us');
  });

  test('what cannot be promoted is refused', async () => {
    await works('apps', 'create', 'stranger');
    const cases: [string[], RegExp][] = [
      [['promote', '-a', 'stranger'], /\(COUPLING_UNKNOWN\)/],
      [
        ['promote', '-a', 'shop-staging', '--to', 'stranger'],
        /stranger is not in pipeline shop \(PROMOTION_REFUSED\)/,
      ],
      [['promote', '-a', 'shop-staging', '--to', 'shop-staging'], /\(PROMOTION_REFUSED\)/],
      [['promote', '-a', 'shop-eu'], /nothing comes after production \(PROMOTION_REFUSED\)/],
      [['add', 'shop', '-a', 'stranger', '--stage', 'nope'], /\(USAGE\)/],
      [['add', 'nope', '-a', 'stranger', '--stage', 'staging'], /\(PIPELINE_UNKNOWN\)/],
      [['create', 'shop'], /\(PIPELINE_NAME_TAKEN\)/],
      [['create', '../x'], /\(PIPELINE_NAME_INVALID\)/],
      [['destroy', 'shop'], /\(NOT_CONFIRMED\)/],
    ];
    for (const [args, message] of cases) {
      const { status, stderr } = await cli(run.home, ['pipelines', ...args]);
      assert.equal(status, 1, args.join(' '));
      assert.match(stderr, message);
    }
  });

  test('an app of another codebase is not promoted to', async () => {
    const other = makeApp({ ...helloFiles, 'other.js': '' }, 'other');
    await deploy(run.home, { app: 'stranger', folder: other, from: 'commit' });
    await works('pipelines', 'add', 'shop', '-a', 'stranger', '--stage', 'production');
    const { stdout } = await cli(run.home, [
      'pipelines',
      'promote',
      '-a',
      'shop-staging',
      '--to',
      'stranger',
    ]);
    assert.match(stdout, /\(CODEBASE_FOREIGN\)/);
    assert.equal(await works('pipelines', 'remove', '-a', 'stranger'), 'stranger is in shop no more\n');
  });

  test('a promotion that control was killed over has ended at the next start', async () => {
    write(folder, { Procfile: 'web: node server.js\nrelease: echo releasing && sleep 30\n' });
    write(folder, { 'version.js': "module.exports = 'three';\n" });
    commit(folder, 'Release slowly');
    await works('apps', 'create', 'shop-next');
    await works('config', 'set', 'GREETING=next', '-a', 'shop-next');
    await works('pipelines', 'add', 'shop', '-a', 'shop-next', '--stage', 'staging');
    write(folder, { Procfile: 'web: node server.js\nrelease: test "$GREETING" = next || sleep 60\n' });
    commit(folder, 'Release slowly elsewhere');
    const deployed = await deploy(run.home, { app: 'shop-next', folder, from: 'commit' });
    assert.equal(deployed.at(-1)?.kind, 'serving', JSON.stringify(deployed.at(-1)));
    const promoting = cli(run.home, ['pipelines', 'promote', '-a', 'shop-next', '--to', 'shop-eu', '--json']);
    await eventually(async () => (await releases('shop-eu'))[0]?.status === 'pending', {
      what: 'the release phase runs',
    });
    const [control = 0] = pidsOf(run.home, 'control');
    process.kill(control, 'SIGKILL');
    await promoting;
    await eventually(async () => (await cli(run.home, ['pipelines'])).status === 0, {
      what: 'control is back',
    });
    assert.equal((await releases('shop-eu'))[0]?.status, 'failed');
    assert.match(await textOf('shop-eu'), /^two /);
    const targets = await lastTargets();
    assert.deepEqual(targets, [{ status: 'failed', error: 'INTERRUPTED' }]);
  });

  test('two deploys are compared, also with what another home runs', async () => {
    const gap = await cliJson<Record<string, { subject: string; verdict: string }[]>>(run.home, [
      'parity',
      'shop-next',
      'shop-eu',
    ]);
    assert.equal(gap.time?.find(({ subject }) => subject === 'commit')?.verdict, 'differs');
    assert.equal(gap.people?.find(({ subject }) => subject === 'who deploys')?.verdict, 'same');
    assert.ok(
      gap.tools?.every(({ subject, verdict }) => verdict === 'same' || /^(command|processes) /.test(subject)),
      JSON.stringify(gap.tools),
    );
    const home = ['--home', run.home];
    await works('parity', 'shop-staging', 'shop-eu');
    assert.match(await works('parity', 'laptop', 'shop-eu'), /^GAP {5}WHAT +laptop +shop-eu\n/);
    await works('parity', 'laptop', 'shop-eu', '--fail-on', 'tools,people,time');
    const table = await works('parity', 'laptop:shop-us', 'shop-us', ...home);
    assert.match(table, /^GAP {5}WHAT +laptop:shop-us +shop-us\n/);
    assert.equal(
      (await cli(run.home, ['parity', `${run.home}:shop-us`, 'shop-us', '--fail-on', 'tools,time,people']))
        .status,
      0,
    );
    await works('config', 'set', 'ONLY_HERE=1', '-a', 'shop-us');
    assert.equal((await cli(run.home, ['parity', 'shop-us', 'shop-eu'])).status, 0);
    assert.equal((await cli(run.home, ['parity', 'shop-us', 'shop-eu', '--fail-on', 'tools'])).status, 1);
    assert.match(
      (await cli(run.home, ['parity', 'laptop', 'nope', ...home])).stderr,
      /\(APP_(NOT_NAMED|UNKNOWN)\)/,
    );
    assert.match((await cli(run.home, ['parity', '/nowhere', 'shop-eu'])).stderr, /\(PLATFORM_NOT_FOUND\)/);
  });

  test('a pipeline is renamed and ended; its apps stay', async () => {
    assert.equal(await works('pipelines', 'rename', 'shop', 'store'), 'shop is store from now on\n');
    assert.equal(await works('pipelines', 'destroy', 'store', '--confirm', 'store'), 'Destroyed store\n');
    assert.match(await textOf('shop-eu'), /^two /);
  });

  async function lastTargets(): Promise<{ status: string; error: string | null }[]> {
    const { DatabaseSync } = await import('node:sqlite');
    const path = await import('node:path');
    const db = new DatabaseSync(path.join(run.home, 'store/dozen.db'), { readOnly: true });
    const rows = db
      .prepare(
        `SELECT status, error FROM promotion_targets WHERE promotion_id =
         (SELECT id FROM promotions ORDER BY created_at DESC LIMIT 1)`,
      )
      .all();
    db.close();
    return rows.map((row) => ({
      status: String(row.status),
      error: row.error === null ? null : String(row.error),
    }));
  }
});
