import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, before, describe, type TestContext, test } from 'node:test';
import { openHomeStore } from '../../src/daemon/home-store.ts';
import {
  deploy,
  dozen,
  eventually,
  helloFiles,
  makeApp,
  pidsOf,
  processesOf,
} from '../parts/platform-run.ts';
import { cli, cliJson, removeServer, type ServerRun, startServer } from '../parts/server-run.ts';
import { runOnTerminal, type TerminalRun } from '../parts/terminal-run.ts';

interface Process {
  readonly process: string;
  readonly state: string;
}

const size = { columns: 97, rows: 31 } as const;

describe('dozen run', { timeout: 300_000 }, () => {
  let run: ServerRun;

  before(async () => {
    run = await startServer();
    await cli(run.home, ['apps', 'create', 'empty']);
    await cli(run.home, ['apps', 'create', 'hello']);
    await cli(run.home, ['config', 'set', 'GREETING=hi', '-a', 'hello']);
    const events = await deploy(run.home, { app: 'hello', folder: makeApp(helloFiles), from: 'commit' });
    assert.equal(events.at(-1)?.kind, 'serving', JSON.stringify(events.at(-1)));
  });
  after(() => removeServer(run));

  const piped = (...args: string[]) => cli(run.home, ['run', '-a', 'hello', ...args]);
  const onTerminal = (t: TestContext, ...args: string[]): TerminalRun => {
    const terminal = runOnTerminal([dozen, 'run', '-a', 'hello', ...args], {
      env: { DOZEN_HOME: run.home, TERM: 'xterm-256color' },
      ...size,
    });
    t.after(() => terminal.end());
    return terminal;
  };
  const runs = async (): Promise<string[]> =>
    (await cliJson<Process[]>(run.home, ['ps', '-a', 'hello']))
      .map(({ process }) => process)
      .filter((name) => name.startsWith('run.'));
  const noneLeft = (): Promise<void> =>
    eventually(async () => (await runs()).length === 0, { what: 'no run is left' });
  const logged = async (): Promise<string> => {
    const { clientOf } = await import('../parts/platform-run.ts');
    let text = '';
    const items = clientOf(run.home).follow('GET /dozen/v1/apps/:app/logs', {
      params: { app: 'hello' },
      query: {},
    });
    for await (const line of items) text += `${line.process} ${line.text}\n`;
    return text;
  };
  const startPiped = (...args: string[]): ChildProcess =>
    spawn(dozen, ['run', '-a', 'hello', ...args], {
      env: { ...process.env, DOZEN_HOME: run.home },
      stdio: ['pipe', 'pipe', 'pipe'],
    });

  test('the exit code is the command’s, and 128 and the number for a signal', async () => {
    assert.deepEqual(await piped('--', 'true'), { status: 0, stdout: '', stderr: '' });
    assert.equal((await piped('exit 3')).status, 3);
    assert.equal((await piped('kill -9 $$')).status, 137);
    assert.equal((await piped('--', 'node', '-e', 'process.kill(process.pid, "SIGTERM")')).status, 143);
    const missing = await piped('--', 'no-such-program');
    assert.equal(missing.status, 127);
    assert.match(missing.stdout, /no-such-program.*not found/);
  });

  test('the audit names the program, and neither its arguments nor what its variables hold', async () => {
    assert.equal((await piped('--env', 'EXTRA=hunter1', '--', 'node', '-e', '"hunter2"')).status, 0);
    assert.equal((await piped('KEY=hunter3 true')).status, 0);
    const store = openHomeStore(run.home);
    const entries = store.audit({ limit: 10 }).filter(({ verb }) => verb === 'process.run');
    store.close();
    const [assigned, named] = entries.map(
      ({ detail }) => detail as { program: string | null; variables: string[] },
    );
    assert.deepEqual([assigned?.program, named?.program, named?.variables], [null, 'node', ['EXTRA']]);
    assert.doesNotMatch(JSON.stringify(entries), /hunter/);
  });

  test('it has the config of the app, its own name, and the variables given for it alone', async () => {
    const script = 'const { GREETING, EXTRA, DYNO } = process.env; console.log(GREETING, EXTRA, DYNO)';
    const { stdout, stderr } = await piped('--env', 'EXTRA=a b', '--', 'node', '-e', script);
    assert.match(stdout, /^hi a b run\.[1-9]\d{0,3}\n$/, stderr);
    assert.match((await piped('-e', 'GREETING=bye', 'echo $GREETING')).stdout, /^bye$/m);
  });

  test('one word is a line of shell, several are a program and its arguments as they stand', async () => {
    assert.equal((await piped('echo $((1+1)) | cat')).stdout, '2\n');
    assert.equal(
      (await piped('--', 'printf', '%s|', '$HOME', "it's", 'a  b', '*', '')).stdout,
      "$HOME|it's|a  b|*||",
    );
    assert.equal((await piped('ls', '-d', '/app')).stdout, '/app\n');
  });

  test('the commands of the documentation do what it says', async () => {
    assert.match((await piped('ls | wc -l')).stdout, /^[1-9]\d*\n$/);
    assert.equal((await piped('--', 'node', '-e', 'console.log(process.env.GREETING)')).stdout, 'hi\n');
  });

  test('standard output and error come together, and a pipe is no terminal', async () => {
    const { stdout, stderr } = await piped('test -t 1 || echo plain; echo err >&2');
    assert.deepEqual({ stdout, stderr }, { stdout: 'plain\nerr\n', stderr: '' });
  });

  test('100 MB go through as they are, and the client’s memory stays flat', async () => {
    const child = startPiped('--', 'cat');
    const [stdin, stdout] = [child.stdin, child.stdout];
    assert.ok(stdin !== null && stdout !== null);
    const piece = Buffer.from(Array.from({ length: 1024 * 1024 }, (_, at) => (at * 7919) % 251));
    const [sent, got] = [createHash('sha256'), createHash('sha256')];
    let [bytes, highest] = [0, 0];
    const writing = (async () => {
      for (let at = 0; at < 100; at += 1) {
        sent.update(piece);
        if (!stdin.write(piece)) await once(stdin, 'drain');
      }
      stdin.end();
    })();
    const ended = once(child, 'exit');
    for await (const chunk of stdout) {
      got.update(chunk);
      bytes += chunk.length;
      highest = Math.max(
        highest,
        residentOf(child.pid ?? 0),
        residentOf(pidsOf(run.home, 'control')[0] ?? 0),
      );
    }
    await writing;
    assert.equal(bytes, 100 * piece.length);
    assert.equal(got.digest('hex'), sent.digest('hex'));
    assert.deepEqual(await ended, [0, null]);
    assert.ok(highest < 400, `${highest} MB`);
  });

  test('a reader that goes away ends it, as SIGPIPE would', async () => {
    const child = startPiped('--', 'yes');
    child.stdout?.once('data', () => child.stdout?.destroy());
    assert.deepEqual(await once(child, 'exit'), [141, null]);
    await noneLeft();
  });

  test('a time limit stops it with 124', async () => {
    const { status, stderr } = await piped('--timeout', '1', '--', 'sleep', '1000');
    assert.equal(status, 124);
    assert.match(stderr, /^run\.\d+ stopped: its time was over\n$/);
  });

  test('one that needs more memory than it may have says so', async () => {
    const script = 'const held = []; for (;;) held.push(Buffer.alloc(16e6, 1))';
    const { status, stderr } = await piped('--', 'node', '-e', script);
    assert.equal(status, 137);
    assert.match(stderr, /^run\.\d+ out of memory: over its quota of 512 MB\n$/);
  });

  test('on a terminal it has one of the same size, which changes with it, and the terminal is given back', async (t) => {
    const terminal = onTerminal(t, '--', 'bash', '--norc', '--noprofile', '-i');
    await terminal.until('$ ');
    terminal.type('stty size; echo $TERM $COLUMNS $LINES\r');
    await terminal.until(/31 97\r\nxterm-256color 97 31\r\n/);
    terminal.resize(120, 40);
    terminal.type(
      'until [ "$(stty size)" = "40 120" ]; do sleep 0.05; done; echo now $(stty size), $(tput cols)\r',
    );
    await terminal.until(/\rnow 40 120, 120\r/);
    terminal.type('exit 5\r');
    assert.deepEqual(await terminal.ended, { code: 5, signal: 0 });
  });

  test('Ctrl-C, Ctrl-Z and Ctrl-D go to the process', async (t) => {
    const terminal = onTerminal(t, '--', 'bash', '--norc', '--noprofile', '-i');
    await terminal.until('$ ');
    terminal.type('sleep 1017\r');
    await eventually(() => processesOf('sleep 1017').length > 0, { what: 'it is at work' });
    terminal.type('\x03');
    await terminal.until('$ ');
    terminal.type('sleep 1018\r');
    await eventually(() => processesOf('sleep 1018').length > 0, { what: 'it is at work' });
    terminal.type('\x1a');
    await terminal.until(/Stopped +sleep 1018/);
    terminal.type('kill -9 %1; wait; echo gone $((6*7))\r');
    await terminal.until('gone 42\r');
    terminal.type('\x04');
    assert.equal((await terminal.ended).signal, 0);
    await noneLeft();
  });

  test('the shell that called it has its terminal as before, also when the connection breaks', async (t) => {
    const shell = runOnTerminal(['/bin/sh', '-i'], {
      env: { DOZEN_HOME: run.home, PS1: 'outer> ', TERM: 'xterm' },
      ...size,
    });
    t.after(() => shell.end());
    await shell.until('outer> ');
    shell.type('stty -a > /tmp/before.$$\r');
    await shell.until('outer> ');
    shell.type(`${dozen} run -a hello "printf '\\033[?1049h'; echo inside; sleep 1000"\r`);
    await shell.until('hinside\r');
    const [control] = pidsOf(run.home, 'control');
    process.kill(control ?? 0, 'SIGKILL');
    const shown = await shell.until('outer> ');
    assert.match(shown, /Cannot tell how run\.\d+ ended: the connection to the platform was cut/);
    assert.ok(shown.includes('\x1b[?1049l'), 'the other screen is left');
    shell.type('echo status $?; stty -a | cmp - /tmp/before.$$ && echo same; rm /tmp/before.$$; exit\r');
    const last = await shell.until(/same\r\n/);
    assert.match(last, /status 70/);
    await eventually(async () => (await cli(run.home, ['status'])).status === 0, { what: 'control is back' });
    await noneLeft();
  });

  test('a client that is killed hangs it up', async () => {
    const trap = 'trap "exit 0" HUP; echo up; while :; do sleep 0.05; done';
    const child = startPiped(trap);
    assert.ok(child.stdout !== null);
    await once(child.stdout, 'data');
    assert.equal((await runs()).length, 1);
    child.kill('SIGKILL');
    await noneLeft();
    assert.match(await logged(), /run\.\d+ Process exited with status 0/);
  });

  test('a signal to the client ends it with the number of the signal, and the run with it', async () => {
    const child = startPiped('echo up; sleep 1000');
    assert.ok(child.stdout !== null);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [143, null]);
    await noneLeft();
  });

  test('Ctrl-C at a pipe goes to the process', async () => {
    const child = startPiped('trap "echo asked; exit 7" INT; echo up; while :; do sleep 0.05; done');
    assert.ok(child.stdout !== null);
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    assert.deepEqual(await once(child, 'exit'), [7, null]);
  });

  test('it works over TCP with a token too, and not with one that may only read', async () => {
    const tokenFor = async (scope: string): Promise<string> =>
      (await cli(run.home, ['tokens', 'create', scope, '--scope', scope])).stdout.trim();
    const remote = { DOZEN_URL: run.apiUrl, DOZEN_HOME: '/nowhere' };
    const args = ['run', '-a', 'hello', 'cat; exit 4'];
    const env = { ...remote, DOZEN_TOKEN: await tokenFor('write') };
    const done = await cli(run.home, args, { env, input: 'over the wire\n' });
    assert.deepEqual(done, { status: 4, stdout: 'over the wire\n', stderr: '' });
    const refused = await cli(run.home, args, { env: { ...remote, DOZEN_TOKEN: await tokenFor('read') } });
    assert.match(refused.stderr, /\(SCOPE_MISSING\)/);
  });

  test('a run can be attached to once, by its capability alone', { timeout: 60_000 }, async () => {
    const { callUpgrade } = await import('../../src/api/socket-call.ts');
    const { clientOf } = await import('../parts/platform-run.ts');
    const body = { command: 'sleep 1000', attach: true, force_no_tty: true };
    const dyno = await clientOf(run.home).ask('POST /apps/:app/dynos', { params: { app: 'hello' }, body });
    const path = `/dozen/v1/attach${new URL(dyno.attach_url ?? '').pathname}`;
    const peer = { url: run.apiUrl, token: 'none' };
    const socket = await callUpgrade(peer, { path, protocol: 'dozen-run' });
    for (const used of [path, `${path}x`, '/dozen/v1/attach/', '/apps'])
      await assert.rejects(callUpgrade(peer, { path: used, protocol: 'dozen-run' }), {
        code: 'ATTACH_UNKNOWN',
      });
    await assert.rejects(callUpgrade(peer, { path: '/apps', protocol: 'h2c' }), { code: 'TOKEN_REFUSED' });
    socket.destroy();
    await noneLeft();
  });

  test('one that nobody attaches to is hung up, and the log says so', { timeout: 60_000 }, async () => {
    const { clientOf } = await import('../parts/platform-run.ts');
    const body = { command: 'yes', attach: true, force_no_tty: true };
    const { name } = await clientOf(run.home).ask('POST /apps/:app/dynos', {
      params: { app: 'hello' },
      body,
    });
    const gone = async (): Promise<boolean> => !(await runs()).includes(name);
    await eventually(gone, { what: 'it is gone', withinMs: 50_000 });
    assert.ok((await logged()).includes(`${name} Error R13 (Attach error)`));
  });

  test('detached it says its name, goes on alone, and its output is in the log', async () => {
    const { status, stdout } = await piped('--detach', 'echo from afar; sleep 1000');
    assert.equal(status, 0);
    assert.match(stdout, /^run\.\d+\n$/);
    const name = stdout.trim();
    await eventually(async () => (await logged()).includes(`${name} from afar\n`), {
      what: 'it is in the log',
    });
    assert.deepEqual(await runs(), [name]);
    const { clientOf } = await import('../parts/platform-run.ts');
    const dyno = await clientOf(run.home).ask('GET /apps/:app/dynos/:dyno', {
      params: { app: 'hello', dyno: name },
    });
    assert.equal(dyno.command, 'echo from afar; sleep 1000');
    assert.equal(dyno.type, 'run');
    const limited = await piped('--detach', '--timeout', '1', '--', 'sleep', '1000');
    await eventually(async () => !(await runs()).includes(limited.stdout.trim()), {
      what: 'its time is over',
    });
  });

  test('what cannot be run is refused with a code', async () => {
    const cases: [string[], RegExp][] = [
      [['-a', 'empty', '--', 'ls'], /^Cannot run a command in empty: nothing of it .*\(APP_NOT_DEPLOYED\)/],
      [['-a', 'hello'], /COMMAND… is missing \(USAGE\)/],
      [['-a', 'hello', ' '], /\(RUN_COMMAND_INVALID\)/],
      [['-a', 'hello', '--type', 'nope', 'ls'], /\(RUN_TYPE_UNKNOWN\)/],
      [['-a', 'hello', '--timeout', '0', 'ls'], /\(USAGE\)/],
      [['-a', 'hello', '--env', 'X', 'ls'], /\(USAGE\)/],
      [['-a', 'hello', '--env', 'PORT=1', 'ls'], /\(CONFIG_NAME_RESERVED\)/],
    ];
    for (const [args, message] of cases) {
      const { status, stderr } = await cli(run.home, ['run', ...args]);
      assert.equal(status, 1, args.join(' '));
      assert.match(stderr, message);
    }
  });
});

/** MB. */
function residentOf(pid: number): number {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
