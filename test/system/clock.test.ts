/**
 * A clock that jumps, by libfaketime before the platform's own processes alone: commands and apps keep the machine's. It is put
 * forward by hours and back by more than a day, while an app serves and its log is followed.
 */
import assert from 'node:assert/strict';
import { globSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  commit,
  deploy,
  eventually,
  get,
  helloFiles,
  mainPidOf,
  makeApp,
  makeHome,
  pidsOf,
  write,
} from '../parts/platform-run.ts';
import { cli, cliJson, type Ran, removeServer, type ServerRun, startServer } from '../parts/server-run.ts';

const [library] = globSync('/usr/lib/*/faketime/libfaketime.so.1');

interface Release {
  readonly version: number;
  readonly created_at: string;
}

describe('a clock that jumps', {
  timeout: 240_000,
  skip: library === undefined && 'needs libfaketime',
}, () => {
  let run: ServerRun;
  let folder: string;
  let url: string;
  let followed: Promise<Ran>;
  let heard = '';
  const home = makeHome();
  const clockFile = path.join(mkdtempSync(path.join(tmpdir(), 'dozen-clock-')), 'clock');
  const enough = new AbortController();

  const jump = (by: string): void => writeFileSync(clockFile, by);
  const hoursFromNow = async (): Promise<number> => {
    const [latest] = await cliJson<Release[]>(home, ['releases', '-a', 'hello']);
    return (Date.parse(latest?.created_at ?? '') - Date.now()) / 3_600_000;
  };

  async function deployed(version: string): Promise<void> {
    write(folder, { 'version.js': `module.exports = '${version}';\n` });
    commit(folder, `Say ${version}`);
    const events = await deploy(home, { app: 'hello', folder, from: 'commit' });
    assert.equal(events.at(-1)?.kind, 'serving', JSON.stringify(events.at(-1)));
    assert.match((await get(url)).text, new RegExp(`^${version} `));
  }

  before(async () => {
    jump('+0');
    run = await startServer(home, undefined, {
      LD_PRELOAD: library ?? '',
      FAKETIME_TIMESTAMP_FILE: clockFile,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    });
    folder = makeApp({
      ...helloFiles,
      'server.js': helloFiles['server.js'].replace(
        "request.url === '/slow'",
        "request.url.startsWith('/say/')) console.log(request.url);\n  if (request.url === '/slow'",
      ),
    });
    await cli(home, ['apps', 'create', 'hello']);
    url = `http://hello.localhost:${run.routerPort}/`;
    await deployed('one');
    await cli(home, ['schedule', 'add', 'often', '-a', 'hello', '--cron', '*/5 * * * *', '--', 'true']);
    followed = cli(home, ['logs', '--tail', '--source', 'app', '--process', 'web', '-a', 'hello'], {
      signal: enough.signal,
      onOutput: (text) => {
        heard += text;
      },
    });
    await eventually(() => heard.includes('listening'), { what: 'the log is followed' });
  });
  after(async () => {
    enough.abort();
    await followed;
    await removeServer(run);
  });

  async function says(word: string): Promise<void> {
    assert.equal((await get(url, `/say/${word}`)).status, 200);
    await eventually(() => heard.includes(`/say/${word}`), { what: `${word} is in the log` });
  }

  test('forward by five hours: what ran runs on, and deploys, config and logs work', async () => {
    await says('before');
    const pid = mainPidOf(home, 'web.1');
    jump('+5h');
    await says('later');
    assert.equal(mainPidOf(home, 'web.1'), pid);
    assert.equal((await cli(home, ['config', 'set', 'KEY=1', '-a', 'hello'])).status, 0);
    assert.equal(Math.round(await hoursFromNow()), 5);
    await deployed('two');
  });

  test('the runs that a schedule missed by it are told', async () => {
    await eventually(
      async () => {
        const runs = await cliJson<{ outcome: string }[]>(home, ['schedule', 'runs', '-a', 'hello']);
        return runs.some(({ outcome }) => outcome === 'missed');
      },
      { what: 'the missed runs are told', withinMs: 40_000 },
    );
  });

  test('back by a day: the same, and the ledger keeps its order', async () => {
    const pid = mainPidOf(home, 'web.1');
    jump('-24h');
    await says('earlier');
    assert.equal(mainPidOf(home, 'web.1'), pid);
    assert.equal((await cli(home, ['config', 'set', 'KEY=2', '-a', 'hello'])).status, 0);
    assert.equal(Math.round(await hoursFromNow()), -24);
    await deployed('three');
    const releases = await cliJson<Release[]>(home, ['releases', '-a', 'hello']);
    assert.deepEqual(
      releases.map(({ version }) => version),
      [5, 4, 3, 2, 1],
    );
    const verified = await cli(home, ['releases', 'verify', '-a', 'hello']);
    assert.equal(verified.stdout, 'The chain of hello holds: 5 releases\n');
    assert.equal((await cli(home, ['rollback', 'v1', '-a', 'hello'])).status, 0);
    assert.match((await get(url)).text, /^one /);
  });

  test('processes of the platform that are killed meanwhile come back', async () => {
    for (const role of ['control', 'runner'])
      for (const pid of pidsOf(home, role)) process.kill(pid, 'SIGKILL');
    assert.equal((await cli(home, ['ps', '-a', 'hello'])).status, 0);
    await says('again');
  });

  test('the log has each line once, in the order in which it was said', async () => {
    const order = ['before', 'later', 'earlier', 'again'];
    const kept = await cli(home, ['logs', '--grep', '/say/', '--source', 'app', '-a', 'hello']);
    const said = (text: string): string[] =>
      [...text.matchAll(/: \/say\/(\w+)/g)].map(([, word = '']) => word);
    assert.deepEqual(said(kept.stdout), order);
    assert.deepEqual(said(heard), order);
    run.child.kill('SIGTERM');
    await run.ended;
    run = await startServer(home, undefined);
    assert.match((await get(`http://hello.localhost:${run.routerPort}/`)).text, /^one /);
  });
});
