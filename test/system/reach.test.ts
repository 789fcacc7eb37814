import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  clientOf,
  commit,
  deploy,
  eventually,
  get,
  helloFiles,
  makeApp,
  write,
} from '../parts/platform-run.ts';
import { cli, cliJson, removeServer, type ServerRun, startServer } from '../parts/server-run.ts';
import { dial } from '../router/wire.ts';

/** Says who it is, then what it is told; where it has no port it stays. */
const echo = `
if (process.env.PORT === undefined) setInterval(() => undefined, 60_000);
else require('node:net').createServer({ allowHalfOpen: true }, (socket) => {
  socket.write(process.env.DYNO + '\\n');
  socket.pipe(socket);
}).listen(process.env.PORT);
`;

/** Asks another app, by nothing but a variable, and says what came: with `fetch`, or with curl. */
const asks = `
const { createServer } = require('node:http');
const { spawn } = require('node:child_process');
const { STOCK_URL = 'no variable', PORT } = process.env;
createServer((request, response) => {
  if (request.url === '/curl')
    spawn('curl', ['-s', '-w', ' %{http_code}', STOCK_URL]).stdout.pipe(response);
  else fetch(STOCK_URL).then(
    async (answer) => response.end(answer.status + ' ' + await answer.text()),
    (error) => response.end(error.message + ': ' + error.cause?.message),
  );
}).listen(PORT);
`;

interface Process {
  readonly process: string;
  readonly pid: number;
}

describe('how an app is reached', { timeout: 300_000 }, () => {
  let run: ServerRun;
  let folder: string;

  before(async () => {
    run = await startServer();
    folder = makeApp({
      ...helloFiles,
      'echo.js': echo,
      Procfile: 'web: node server.js\nmqtt: node echo.js\n',
      'app.json': JSON.stringify({ formation: { mqtt: { quantity: 2 } } }),
    });
    await cli(run.home, ['apps', 'create', 'shop']);
    const events = await deploy(run.home, { app: 'shop', folder, from: 'commit' });
    assert.equal(events.at(-1)?.kind, 'serving', JSON.stringify(events.at(-1)));
  });
  after(() => removeServer(run));

  const at = (host: string): string => `http://${host}:${run.routerPort}/`;
  const pids = async (): Promise<readonly Process[]> =>
    (await cliJson<Process[]>(run.home, ['ps', '-a', 'shop'])).map(({ process, pid }) => ({ process, pid }));
  const answers = (host: string, status: number): Promise<void> =>
    eventually(async () => (await get(at(host))).status === status, { what: `${host} answers ${status}` });
  const works = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await cli(run.home, args);
    assert.equal(status, 0, stderr);
    return stdout;
  };

  test('an app answers at its own domains, exact and wildcard, without a process being touched', async () => {
    const before = await pids();
    assert.equal(
      await works('domains', 'add', 'www.Example.org', '-a', 'shop'),
      'shop answers at www.example.org\n',
    );
    await works('domains', 'add', '*.example.org', '-a', 'shop');
    await answers('www.example.org', 200);
    await answers('any.example.org', 200);
    assert.equal((await get(at('example.org'))).status, 404);
    assert.equal((await get(at('a.b.example.org'))).status, 404);
    assert.equal(
      await works('domains', '-a', 'shop'),
      'HOST             KIND\n*.example.org    own\nshop.localhost   of the platform\nwww.example.org  own\n',
    );
    await works('domains', 'remove', '*.example.org', '-a', 'shop');
    await answers('any.example.org', 404);
    assert.equal((await get(at('www.example.org'))).status, 200);
    assert.deepEqual(await pids(), before);
  });

  test('domains and maintenance wait for no deploy', async () => {
    const app = makeApp({ ...helloFiles, Procfile: 'web: node server.js\nrelease: sleep 600\n' });
    await cli(run.home, ['apps', 'create', 'slow']);
    const quick = makeApp(helloFiles);
    await deploy(run.home, { app: 'slow', folder: quick, from: 'commit' });
    const stop = new AbortController();
    const body = { app: 'slow', folder: app, from: 'commit', new_codebase: true } as const;
    const deploying = deploy(run.home, body, stop.signal);
    await eventually(async () => (await cli(run.home, ['ps', '-a', 'slow'])).stdout.includes('release.'), {
      what: 'the release phase runs',
    });
    await works('domains', 'add', 'www.slow.example', '-a', 'slow');
    await answers('www.slow.example', 200);
    await works('apps', 'maintenance', 'on', '-a', 'slow');
    await answers('www.slow.example', 503);
    await works('apps', 'maintenance', 'off', '-a', 'slow');
    await works('domains', 'remove', 'www.slow.example', '-a', 'slow');
    await answers('www.slow.example', 404);
    await answers('slow.localhost', 200);
    stop.abort();
    await deploying;
  });

  test('a domain that is taken, reserved or none is refused', async () => {
    await cli(run.home, ['apps', 'create', 'other']);
    const cases: [string, string, RegExp][] = [
      ['other', 'www.example.org', /app "shop" has it \(DOMAIN_TAKEN\)/],
      ['other', 'shop.localhost', /\(DOMAIN_RESERVED\)/],
      ['other', '*.localhost', /\(DOMAIN_RESERVED\)/],
      ['other', 'localhost', /\(DOMAIN_RESERVED\)/],
      ['other', '127.0.0.1', /\(DOMAIN_INVALID\)/],
      ['other', 'a b', /\(DOMAIN_INVALID\)/],
    ];
    for (const [app, host, message] of cases) {
      const { status, stderr } = await cli(run.home, ['domains', 'add', host, '-a', app]);
      assert.equal(status, 1, host);
      assert.match(stderr, message);
    }
    assert.match(
      (await cli(run.home, ['domains', 'remove', 'no.example', '-a', 'shop'])).stderr,
      /\(DOMAIN_UNKNOWN\)/,
    );
    const own = await cli(run.home, ['domains', 'remove', 'shop.localhost', '-a', 'shop']);
    assert.match(own.stderr, /\(DOMAIN_UNKNOWN\)/);
  });

  test('maintenance is a page and a line of the log; processes run on', async () => {
    const before = await pids();
    assert.equal(await works('apps', 'maintenance', '-a', 'shop'), 'Maintenance of shop is off\n');
    assert.equal(await works('apps', 'maintenance', 'on', '-a', 'shop'), 'Maintenance of shop is on\n');
    await answers('shop.localhost', 503);
    assert.match((await get(at('www.example.org'))).text, /APP_IN_MAINTENANCE/);
    assert.deepEqual(await pids(), before);
    const line = /at=info code=H80 desc="Maintenance mode" .* status=503 /;
    await eventually(async () => (await logOf('shop')).some((text) => line.test(text)), {
      what: 'H80 is in the log',
    });
    await works('apps:maintenance', 'off', '-a', 'shop');
    await answers('shop.localhost', 200);
    assert.deepEqual(await pids(), before);
  });

  test('maintenance can be put over an app whose processes crash', async () => {
    await cli(run.home, ['apps', 'create', 'crashing']);
    const crashing = makeApp({
      ...helloFiles,
      'version.js': "setTimeout(() => process.exit(3), 1500); module.exports = 'x';\n",
    });
    await deploy(run.home, { app: 'crashing', folder: crashing, from: 'commit' });
    await eventually(
      async () =>
        (await cliJson<{ crashes: number }[]>(run.home, ['ps', '-a', 'crashing'])).some(
          ({ crashes }) => crashes > 0,
        ) || (await get(at('crashing.localhost'))).status === 503,
      { what: 'it crashed' },
    );
    await works('apps', 'maintenance', 'on', '-a', 'crashing');
    await eventually(async () => /APP_IN_MAINTENANCE/.test((await get(at('crashing.localhost'))).text), {
      what: 'the page',
    });
  });

  let port = 0;

  test('an exported type is reached over TCP, in turn over its processes', async () => {
    const text = await works('exports', 'add', 'mqtt', '-a', 'shop');
    port = Number(/^export {4}mqtt on port (\d+)$/m.exec(text)?.[1]);
    const said = new Set<string>();
    await eventually(
      async () => {
        const end = await dial(port).catch(() => null);
        if (end === null) return false;
        const name = await end.until('\n').catch(() => 'none');
        end.socket.destroy();
        said.add(name);
        return said.has('mqtt.1\n') && said.has('mqtt.2\n');
      },
      { what: 'both answer' },
    );
    const end = await dial(port);
    await end.until('\n');
    end.send('x'.repeat(1_000_000));
    end.socket.end();
    assert.equal((await end.rest()).length, 1_000_000);
    assert.match(
      await works('exports', '-a', 'shop'),
      new RegExp(`^TYPE  PORT   READY\nmqtt  ${port}  2\n$`),
    );
    const line = new RegExp(
      `export=${port} fwd="127.0.0.1" dyno=mqtt.\\d .* received=1000000 sent=1000007 protocol=tcp`,
    );
    await eventually(async () => (await logOf('shop')).some((one) => line.test(one)), {
      what: 'the connection is in the log',
    });
  });

  test('what cannot be exported is refused, and nothing is exported', async () => {
    const cases: [string[], RegExp][] = [
      [['mqtt'], /\(EXPORT_EXISTS\)/],
      [['nope'], /\(EXPORT_TYPE_UNKNOWN\)/],
      [['web', '--port', String(run.routerPort)], /another program listens there \(EXPORT_PORT_UNUSABLE\)/],
      [['web', '--port', '70000'], /\(EXPORT_PORT_INVALID\)/],
      [['web', '--port', 'x'], /\(USAGE\)/],
    ];
    for (const [args, message] of cases) {
      const { status, stderr } = await cli(run.home, ['exports', 'add', ...args, '-a', 'shop']);
      assert.equal(status, 1, args.join(' '));
      assert.match(stderr, message);
    }
    assert.equal((await cliJson<unknown[]>(run.home, ['exports', '-a', 'shop'])).length, 1);
  });

  test('a type that does not come up with a port is not exported, and what ran runs on', async () => {
    write(folder, {
      'mute.js': 'if (process.env.PORT) process.exit(4);\nsetInterval(() => undefined, 60_000);\n',
      Procfile: 'web: node server.js\nmqtt: node echo.js\nmute: node mute.js\n',
    });
    write(folder, {
      'app.json': JSON.stringify({ formation: { mqtt: { quantity: 2 }, mute: { quantity: 1 } } }),
    });
    commit(folder, 'Add a type that is mute');
    await deploy(run.home, { app: 'shop', folder, from: 'commit' });
    const { status, stderr } = await cli(run.home, ['exports', 'add', 'mute', '-a', 'shop']);
    assert.equal(status, 1);
    assert.match(stderr, /\(PROCESS_NOT_READY\)/);
    assert.deepEqual(
      (await cliJson<{ type: string }[]>(run.home, ['exports', '-a', 'shop'])).map(({ type }) => type),
      ['mqtt'],
    );
    await eventually(async () => (await pids()).some(({ process }) => process === 'mute.1'), {
      what: 'mute runs on',
    });
  });

  test('the export outlives the server, and its port is given back when it is removed', async () => {
    assert.equal(await run.end('SIGTERM'), 0);
    run = await startServer(run.home);
    await eventually(async () => (await dial(port).catch(() => null)) !== null, {
      what: 'the port is listened on',
    });
    await works('exports', 'remove', 'mqtt', '-a', 'shop');
    await eventually(async () => (await dial(port).catch((error) => error)).code === 'ECONNREFUSED', {
      what: 'nobody listens',
    });
    assert.equal(await works('exports', '-a', 'shop'), 'Nothing of shop is exported\n');
  });

  test('an app that is destroyed gives its domains and ports back', async () => {
    await works('exports', 'add', 'mqtt', '-a', 'shop');
    await works('apps', 'destroy', '-a', 'shop', '--confirm', 'shop');
    assert.equal((await get(at('www.example.org'))).status, 404);
    await works('domains', 'add', 'www.example.org', '-a', 'other');
  });

  test('an app reaches another by a service, whatever happens to the other', async () => {
    const asked = async (target = '/'): Promise<string> => (await get(at('asking.localhost'), target)).text;
    const says = (text: RegExp): Promise<void> =>
      eventually(async () => text.test(await asked()), { what: `the other app says ${text}` });
    const versions = async (): Promise<number[]> =>
      (await cliJson<{ version: number }[]>(run.home, ['releases', '-a', 'asking'])).map(
        ({ version }) => version,
      );
    const stock = makeApp(helloFiles);
    const asking = makeApp({ ...helloFiles, 'server.js': asks });
    for (const [app, from] of [
      ['stock', stock],
      ['asking', asking],
    ] as const) {
      await works('apps', 'create', app);
      await deploy(run.home, { app, folder: from, from: 'commit' });
    }
    const url = `http://stock.localhost:${run.routerPort}/`;
    await works('services', 'create', 'url', '--name', 'stock', '--url', url);
    await works('services', 'attach', 'stock', '--as', 'STOCK_URL', '-a', 'asking');
    assert.deepEqual(await versions(), [2, 1]);
    assert.match(await works('services', 'info', 'stock'), /^Attached +asking: STOCK_URL$/m);
    assert.match(await asked(), /^200 one web\.1 /);
    assert.match(await asked('/curl'), /^one web\.1 .* 200$/s);
    assert.match(
      await works(
        'run',
        '-a',
        'asking',
        '--',
        'node',
        '-e',
        'fetch(process.env.STOCK_URL).then((a) => console.log(a.status))',
      ),
      /^200$/m,
    );

    write(stock, { 'version.js': "module.exports = 'two';\n" });
    commit(stock, 'Say two');
    await deploy(run.home, { app: 'stock', folder: stock, from: 'commit' });
    await says(/^200 two /);
    await works('ps', 'scale', 'web=0', '-a', 'stock');
    await says(/^503 /);
    await works('ps', 'scale', 'web=1', '-a', 'stock');
    await says(/^200 two /);
    assert.equal(await run.end('SIGTERM'), 0);
    run = await startServer(run.home);
    await says(/^200 two /);
    await works('ps', 'restart', '-a', 'asking');
    await says(/^200 two /);

    assert.deepEqual(await versions(), [2, 1]);
    assert.doesNotMatch(await works('services', 'detach', 'STOCK_URL', '-a', 'asking'), /credential/);
    assert.deepEqual(await versions(), [3, 2, 1]);
    await says(/^Failed to parse URL/);
    await works('services', 'destroy', 'stock', '--confirm', 'stock');
    assert.match((await get(at('stock.localhost'))).text, /^two /);
  });

  async function logOf(app: string): Promise<string[]> {
    const lines: string[] = [];
    const asked = { params: { app }, query: {} };
    for await (const { text } of clientOf(run.home).follow('GET /dozen/v1/apps/:app/logs', asked))
      lines.push(text);
    return lines;
  }
});
