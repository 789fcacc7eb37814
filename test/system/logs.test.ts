import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, type TestContext, test } from 'node:test';
import { deploy, dozen, eventually, get, makeApp, pidsOf } from '../parts/platform-run.ts';
import { cli, removeServer, type ServerRun, startServer } from '../parts/server-run.ts';

/** Says what it is asked to say, and counts while it is asked to. */
const files = {
  'package.json': JSON.stringify({ name: 'talker', version: '1.0.0', private: true }),
  Procfile: 'web: node server.js\nclock: node clock.js\n',
  'app.json': JSON.stringify({ formation: { web: { quantity: 1 }, clock: { quantity: 1 } } }),
  'server.js': `
const { createServer } = require('node:http');
let count = 0;
createServer((request, response) => {
  const url = new URL(request.url, 'http://x');
  for (let left = Number(url.searchParams.get('n') ?? 0); left > 0; left -= 1) console.log('line ' + ++count);
  if (url.searchParams.has('say')) console.log(url.searchParams.get('say'));
  response.end('ok\\n');
}).listen(process.env.PORT, () => console.log('listening'));
`,
  'clock.js': "console.log('tick'); setInterval(() => {}, 1000);\n",
};

describe('dozen logs', { timeout: 300_000 }, () => {
  let run: ServerRun;
  let url: string;

  before(async () => {
    run = await startServer();
    url = `http://talker.localhost:${run.routerPort}/`;
    await deploy(run.home, { app: 'talker', folder: makeApp(files, 'talker'), from: 'commit' });
    assert.equal((await get(url, '/?n=150')).status, 200);
    await eventually(async () => (await shown('--grep', 'line 150')).length === 1, { what: 'it is kept' });
  });
  after(() => removeServer(run));

  async function shown(...args: readonly string[]): Promise<string[]> {
    const { status, stdout, stderr } = await cli(run.home, ['logs', '-a', 'talker', ...args]);
    assert.equal(status, 0, stderr);
    return stdout.split('\n').slice(0, -1);
  }

  test('shows the last 100 lines, or as many as asked for', async () => {
    const lines = await shown();
    assert.equal(lines.length, 100);
    assert.match(lines.at(-1) ?? '', /(app\[web\.1\]: line 150|dozen\[router\]: at=info .*)$/);
    const own = await shown('--num', '3', '--process', 'web.1');
    assert.deepEqual(
      own.map((line) => line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00 /, '')),
      ['app[web.1]: line 148', 'app[web.1]: line 149', 'app[web.1]: line 150'],
    );
  });

  test('shows what was asked for by source, process, time and text', async () => {
    const texts = async (...args: readonly string[]): Promise<string[]> =>
      (await shown(...args)).map((line) => line.replace(/^\S+ /, ''));
    assert.deepEqual(await texts('--process', 'clock', '--source', 'app'), ['app[clock.1]: tick']);
    assert.deepEqual(await texts('--grep', '/LINE 1?49$/i'), ['app[web.1]: line 49', 'app[web.1]: line 149']);
    const said = await texts('--source', 'dozen', '--process', 'api');
    assert.match(
      said
        .join('\n')
        .replaceAll(/\b[0-9a-f]{7}\b/g, 'COMMIT')
        .replaceAll(/\S+@\S+/g, 'WHO'),
      /^dozen\[api\]: Build started by user WHO\ndozen\[api\]: Build succeeded\ndozen\[api\]: Deploy COMMIT by user WHO\ndozen\[api\]: Release v1 created by user WHO$/,
    );
    assert.ok((await texts('--since', '1h')).length > 150, 'all of the hour');
    assert.deepEqual(await texts('--until', '1h'), []);
  });

  test('what cannot be asked is refused with a code', async () => {
    for (const [args, message] of [
      [['--since', 'yesterday'], /\(LOG_TIME_INVALID\)/],
      [['--grep', '/(/'], /\(LOG_PATTERN_INVALID\)/],
      [['--num', 'x'], /"x" is not a number of lines \(USAGE\)/],
      [['--source', 'x'], /"x" is not a source/],
    ] as const) {
      const { status, stderr } = await cli(run.home, ['logs', '-a', 'talker', ...args]);
      assert.equal(status, 1);
      assert.match(stderr, message);
    }
    assert.match((await cli(run.home, ['logs', '--tail', '-a', 'nope'])).stderr, /\(APP_UNKNOWN\)/);
  });

  interface Tail {
    readonly lines: readonly string[];
    readonly notes: () => string;
    until(last: string): Promise<void>;
  }

  function tail(context: TestContext, ...args: readonly string[]): Tail {
    const child = spawn(dozen, ['logs', '--tail', '--json', '-a', 'talker', ...args], {
      env: { ...process.env, DOZEN_HOME: run.home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines: string[] = [];
    let notes = '';
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line).text));
    child.stderr.on('data', (chunk: Buffer) => {
      notes += chunk.toString();
    });
    context.after(() => child.kill());
    return {
      lines,
      notes: () => notes,
      until: (last) =>
        eventually(() => lines.includes(last), { what: `${last}; ${notes}`, withinMs: 60_000 }),
    };
  }

  const numbered = (from: number, to: number): string[] =>
    Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at}`);

  test('--tail goes on over a killed control and a killed server, without a gap and without a line twice', async (context) => {
    const tailing = tail(context, '--process', 'web.1', '--num', '1');
    const fromNow = tail(context, '--grep', '/^begin|^marked|^line 4\\d\\d$/', '--num', '0');
    await tailing.until('line 150');
    await get(url, '/?n=150');
    await tailing.until('line 300');
    await eventually(
      async () => {
        await get(url, '/?say=begin');
        return fromNow.lines.includes('begin');
      },
      { what: `the second one listens; ${fromNow.notes()}` },
    );
    const [control = 0] = pidsOf(run.home, 'control');
    process.kill(control, 'SIGKILL');
    await get(url, '/?n=100');
    await tailing.until('line 400');
    await run.end('SIGKILL');
    for (const role of ['control', 'runner'])
      for (const pid of pidsOf(run.home, role)) process.kill(pid, 'SIGKILL');
    await get(url, '/?n=100');
    run = await startServer(run.home);
    url = `http://talker.localhost:${run.routerPort}/`;
    await get(url, '/?n=100&say=marked');
    await tailing.until('marked');
    await fromNow.until('marked');
    assert.deepEqual(
      tailing.lines.filter((text) => /^line|^marked/.test(text)),
      [...numbered(150, 600), 'marked'],
    );
    assert.deepEqual(
      fromNow.lines.filter((text) => text !== 'begin'),
      [...numbered(400, 499), 'marked'],
    );
    assert.match(
      tailing.notes(),
      /^Cannot reach .*\. The log goes on when it is back\n(.*\n)*The log goes on\n$/,
    );
  });

  test('ends without a word when its reader has had enough', async () => {
    const child = spawn(dozen, ['logs', '--tail', '-a', 'talker'], {
      env: { ...process.env, DOZEN_HOME: run.home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    const exited = once(child, 'exit');
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const asking = setInterval(() => void get(url, '/?say=more').catch(() => undefined), 100);
    const [code, signal] = await exited;
    clearInterval(asking);
    assert.deepEqual([code, signal, errors], [0, null, '']);
  });
});
