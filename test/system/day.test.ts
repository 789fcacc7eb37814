/** A day in the life of the guestbook: what its people type from morning to evening, while its readers notice nothing. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { commit, copyExample, get, write } from '../parts/platform-run.ts';
import { cli, removeServer, type ServerRun, startServer } from '../parts/server-run.ts';

/** What is typed, and what has to be in the answer. */
type Step = readonly [command: string, answer: RegExp];

const morning: readonly Step[] = [
  ['status', /^Apps +1$/m],
  ['apps', /^guestbook /m],
  ['apps info -a guestbook', /^Address +http:\/\/guestbook\.localhost/m],
  ['config -a guestbook', /^DATABASE_URL +postgres:\/\//m],
  ['config set GUESTBOOK_TITLE=Visitors LOG_LEVEL=debug -a guestbook', /^serving /m],
  ['config get GUESTBOOK_TITLE -a guestbook', /^Visitors$/],
  ['config unset LOG_LEVEL -a guestbook', /^release {3}v3 /m],
  ['ps -a guestbook', /^web\.1 +up /m],
  ['ps scale web=3 -a guestbook', /^formation web=3 worker=1$/m],
  ['ps scale -a guestbook', /^web +3 /m],
  ['ps info web.3 -a guestbook', /^State +up$/m],
  ['releases -a guestbook', /^v3 +current /m],
  ['releases info v1 -a guestbook', /^Services +postgres:18$/m],
  ['services', /guestbook-database/],
  ['services info guestbook-database', /postgres/],
  ['services backup guestbook-database --out FOLDER/morning.backup', /^Wrote .*morning\.backup$/m],
  ['services rotate guestbook-database', /guestbook/],
  ['ps restart worker -a guestbook', /^process +worker\.1 up/m],
  ['ps restart web.2 -a guestbook', /^process +web\.2 up/m],
  ['ps resize worker=256MB -a guestbook', /^serving /m],
  ['ps resize -a guestbook', /^worker +256MB /m],
  ['ps policy worker --grace 10 -a guestbook', /^serving /m],
  ['ps policy -a guestbook', /^worker .* 10 s /m],
  ['ps sizes', /^Standard-2X +1GB$/m],
];

const afternoon: readonly Step[] = [
  ['releases -a guestbook', /current +Deploy [0-9a-f]{7}/],
  ['releases diff -a guestbook', /Note a change/],
  ['builds -a guestbook', /succeeded/],
  ['builds info -a guestbook', /Note a change/],
  ['builds output -a guestbook', /npm run build/],
  ['builds sbom -a guestbook', /CycloneDX/],
  ['releases output -a guestbook', /migrat|schema-current/],
  ['rollback -a guestbook', /^release {3}v\d+ Rollback to v\d+$/m],
  ['releases verify -a guestbook', /holds/],
  ['logs --num 20 -a guestbook', /web\.\d/],
  ['logs --num 5 --source app --process worker -a guestbook', /worker/],
  ['logs --grep migrated --num 5 -a guestbook', /migrated/],
  ['logs --since 1h --process router --num 3 -a guestbook', /status=200/],
  ['run -a guestbook -- node -e console.log(6*7)', /^42$/m],
  ['run --detach -a guestbook -- node dist/prune.js', /^run\.\d+/m],
  ['schedule -a guestbook', /prune/],
  ['schedule run prune -a guestbook', /"event"/],
  ['schedule add tidy --cron "30 4 * * *" -a guestbook -- node dist/prune.js', /tidy/],
  ['schedule remove tidy -a guestbook', /tidy/],
  ['domains add visitors.example.org -a guestbook', /visitors\.example\.org/],
  ['domains -a guestbook', /visitors\.example\.org/],
  ['domains remove visitors.example.org -a guestbook', /visitors\.example\.org/],
  ['ps crashes --all -a guestbook', /stopped/],
];

const evening: readonly Step[] = [
  ['pipelines create visitors -a guestbook --stage staging', /visitors/],
  ['apps create visitors-live', /Made visitors-live/],
  ['pipelines add visitors -a visitors-live --stage production', /visitors-live/],
  ['pipelines promote -a guestbook', /visitors-live/],
  ['pipelines info visitors', /production/],
  ['parity guestbook visitors-live', /time|people|tools/],
  ['services create postgres --name spare', /spare/],
  ['services restore spare --from FOLDER/morning.backup --confirm spare', /Restored spare/],
  ['services swap guestbook-database spare -a guestbook', /^serving /m],
  ['services swap spare guestbook-database -a guestbook', /^serving /m],
  ['services destroy spare --confirm spare', /^Destroyed spare$/m],
  ['tokens create night --scope read', /^dozen_/],
  ['tokens', /night/],
  ['apps retention 5 -a guestbook', /^guestbook keeps its last 5 builds$/m],
  ['prune --dry-run', /^Would remove /m],
  ['cache', /^The cache of builds has \d+ layers?, /m],
  ['doctor', /^good /m],
  ['apps destroy -a visitors-live --confirm visitors-live', /Destroyed/],
  ['pipelines destroy visitors --confirm visitors', /visitors/],
  ['ps scale web=2 -a guestbook', /^formation web=2/m],
  ['ps restart -a guestbook', /^restart {3}every process$/m],
];

describe('a day in the life of the guestbook', { timeout: 600_000 }, () => {
  let run: ServerRun;
  let folder: string;
  let scratch: string;
  let url: string;
  let asked = 0;
  const failed: string[] = [];
  const night = new AbortController();
  let readers: Promise<unknown>;

  before(async () => {
    run = await startServer();
    url = `http://guestbook.localhost:${run.routerPort}/`;
    scratch = mkdtempSync(path.join(tmpdir(), 'dozen-day-'));
    folder = copyExample('guestbook');
    await type('apps create guestbook', /Made guestbook/);
    await type('git:remote -a guestbook', /The Git remote dozen is guestbook/);
    await push();
    await sign('Ada');
    readers = Promise.all([reader(), reader()]);
  });
  after(async () => {
    night.abort();
    await readers;
    await removeServer(run);
    rmSync(scratch, { recursive: true });
  });

  async function reader(): Promise<void> {
    while (!night.signal.aborted) {
      asked += 1;
      const answer = await get(url).catch((error: Error) => ({ status: 0, text: error.message }));
      if (answer.status !== 200) failed.push(`${answer.status} ${answer.text.slice(0, 200)}`);
    }
  }

  async function sign(name: string): Promise<void> {
    const { status, text } = await get(url, '/entries', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name, message: 'Hello' }),
    });
    assert.equal(status, 201, text);
  }

  async function type(line: string, answer: RegExp): Promise<void> {
    const words = line.replaceAll('FOLDER', scratch).match(/"[^"]*"|\S+/g) ?? [];
    const args = words.map((word) => word.replaceAll('"', ''));
    const { status, stdout, stderr } = await cli(run.home, args, { cwd: folder });
    assert.equal(status, 0, `dozen ${line}\n${stdout}\n${stderr}`);
    assert.match(`${stdout}${stderr}`, answer, `dozen ${line}`);
  }

  async function push(): Promise<void> {
    const env = { ...process.env, DOZEN_HOME: run.home };
    const child = spawn('git', ['push', '--force', 'dozen', 'main'], { cwd: folder, env, stdio: 'pipe' });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk));
    const [code] = await once(child, 'close');
    assert.equal(code, 0, text);
  }

  for (const [part, steps] of Object.entries({ morning })) {
    for (const [line, answer] of steps) test(`${part}: dozen ${line}`, () => type(line, answer));
  }

  test('noon: a change is pushed', async () => {
    write(folder, { 'NOTES.md': 'A change.\n' });
    commit(folder, 'Note a change');
    await push();
    await sign('Grace');
  });

  for (const [part, steps] of Object.entries({ afternoon, evening })) {
    for (const [line, answer] of steps) test(`${part}: dozen ${line}`, () => type(line, answer));
  }

  test('night: no reader has seen a failure, and every entry is there', async () => {
    night.abort();
    await readers;
    assert.ok(asked > 1_000, `${asked} requests`);
    assert.deepEqual(failed, []);
    const { text } = await get(url, '/entries.json');
    const signed = (JSON.parse(text) as { entries: { name: string }[] }).entries.map(({ name }) => name);
    assert.deepEqual(signed.sort(), ['Ada', 'Grace']);
  });
});
