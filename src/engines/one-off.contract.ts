/** The half of every engine's contract that is about one-offs with input, and about those that are detached. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Exit } from '../factors/06-processes/process.ts';
import { defaultStopPolicy } from '../factors/09-disposability/stop-policy.ts';
import type { EngineHarness } from './engine.contract.ts';
import type { Engine, OneOff, OneOffSpec, Owner, ProcessView } from './engine.ts';

const second = 1000;
const limit = { timeout: 20 * second };
const terminal = { columns: 97, rows: 31 } as const;

export function testOneOffs(name: string, makeHarness: () => Promise<EngineHarness>): void {
  describe(`one-offs of ${name}`, { timeout: 120 * second }, () => {
    let harness: EngineHarness;
    let engine: Engine;
    let owner: Owner;

    beforeEach(async () => {
      harness = await makeHarness();
      engine = await harness.open();
      owner = { kind: 'app', id: randomUUID(), name: 'sample' };
    });
    afterEach(async () => {
      await engine.halt(10 * second);
      await engine.close();
      await harness.close();
    });

    const begin = (command: string, more: Partial<OneOffSpec> = {}, signal?: AbortSignal): Promise<OneOff> =>
      engine.runOneOff(
        {
          owner,
          release: 1,
          process: 'run.1',
          spec: harness.spec(command),
          stop: { ...defaultStopPolicy, graceMs: 5 * second },
          timeoutMs: null,
          input: 'pipe',
          variables: {},
          detached: false,
          ...more,
        },
        signal,
      );

    async function logged(): Promise<string> {
      let text = '';
      const options = { follow: false, signal: AbortSignal.timeout(10 * second) };
      for await (const line of engine.logs(owner.id, options)) text += `${line.text}\n`;
      return text;
    }

    test('it has the size of its order, and is seen with it', limit, async () => {
      const memory = 96 * 1024 * 1024;
      const run = await begin('cat', { spec: harness.spec('cat', { memoryLimit: memory, cpu: 0.5 }) });
      const [view] = await engine.processes(owner.id);
      assert.deepEqual(view?.size, { memory, cpu: 0.5 });
      await run.end();
      assert.deepEqual(await run.ended, { kind: 'code', code: 0 });
    });

    test('a pipe carries bytes as they are, both ways, to the end', limit, async () => {
      const run = await begin('cat');
      const sent = Buffer.from(Array.from({ length: 3 * 1024 * 1024 }, (_, at) => (at * 7919) % 251));
      const writing = run.write(sent).then(() => run.end());
      assert.deepEqual(Buffer.compare(await bytesOf(run), sent), 0);
      await writing;
      assert.deepEqual(await run.ended, { kind: 'code', code: 0 });
    });

    test('standard output and error of a pipe come together, and nothing besides', limit, async () => {
      const run = await begin('echo out; echo err >&2; printf last; exit 7');
      assert.equal(String(await bytesOf(run)), 'out\nerr\nlast');
      assert.deepEqual(await run.ended, { kind: 'code', code: 7 });
    });

    test('a pipe is no terminal, and can be opened by name', limit, async () => {
      const run = await begin('test -t 0 || test -t 1 || echo none; cat /dev/stdin > /dev/stdout');
      await run.write(Buffer.from('named\n'));
      await run.end();
      assert.equal(String(await bytesOf(run)), 'none\nnamed\n');
    });

    test('what is not read holds the writer up, and it goes on when it is', limit, async () => {
      const run = await begin('yes | head -c 5000000 | cat; echo done >&2');
      const reader = run.output[Symbol.asyncIterator]();
      let size = (await reader.next()).value?.length ?? 0;
      await reader.return?.();
      const commands = (await engine.processes(owner.id)).map(({ command }) => command);
      assert.deepEqual(commands, ['yes | head -c 5000000 | cat; echo done >&2']);
      for await (const bytes of run.output) size += bytes.length;
      assert.equal(size, 5_000_005);
      assert.deepEqual(await run.ended, { kind: 'code', code: 0 });
    });

    test(
      'writing to a process that does not read waits, and one that is over needs no input',
      limit,
      async () => {
        const run = await begin('read line; echo "$line"; exit 4');
        await run.write(Buffer.from('hello\n'));
        assert.equal(String(await bytesOf(run)), 'hello\n');
        assert.deepEqual(await run.ended, { kind: 'code', code: 4 });
        await run.write(Buffer.from('too late\n'));
        await run.end();
      },
    );

    test('a terminal is one, of the size that was asked for', limit, async () => {
      const run = await begin('test -t 0 && test -t 1 && test -t 2 && stty size && tty; exit 3', {
        input: terminal,
      });
      assert.equal(String(await bytesOf(run)), '31 97\r\n/dev/console\r\n');
      assert.deepEqual(await run.ended, { kind: 'code', code: 3 });
    });

    test('a terminal that changes its size tells the program', limit, async () => {
      const run = await begin(
        `node -e "process.stdout.on('resize', () => console.log('now', process.stdout.columns, process.stdout.rows)); console.log('up'); process.stdin.on('end', () => process.exit(0)).resume()"`,
        { input: terminal },
      );
      await until(run, 'up');
      await run.resize({ columns: 120, rows: 40 });
      await until(run, 'now 120 40');
      await run.end();
      assert.deepEqual(await run.ended, { kind: 'code', code: 0 });
    });

    test('Ctrl-C ends the foreground job, and the shell goes on', limit, async () => {
      const run = await begin('sh -i', { input: terminal, variables: { PS1: 'ready> ' } });
      await until(run, 'ready> ');
      await run.write(Buffer.from("sh -c 'echo at work; exec sleep 1000'\n"));
      await until(run, '\nat work');
      await run.write(Uint8Array.of(3));
      await until(run, 'ready> ');
      await run.write(Buffer.from('exit 9\n'));
      assert.deepEqual(await run.ended, { kind: 'code', code: 9 });
    });

    test('job control works', limit, async () => {
      const run = await begin('bash --norc --noprofile -i', {
        input: terminal,
        variables: { PS1: 'ready> ', TERM: 'dumb' },
      });
      const first = await until(run, 'ready> ');
      assert.doesNotMatch(first, /no job control|cannot set terminal/);
      await run.write(Buffer.from('sleep 1000 & jobs; kill -9 %1; wait; fg\n'));
      // It complains in one of two ways, as the job is forgotten already or not.
      const text = await until(run, 'fg: ');
      assert.match(text, /Running +sleep 1000/);
      // A word, not ^D: that is lost when it comes before the shell reads keys again.
      await run.write(Buffer.from('exit 0\n'));
      await run.ended;
    });

    test('a signal reaches the process group', limit, async () => {
      const run = await begin('trap "echo usr1; exit 6" USR1; echo up; while :; do sleep 0.05; done');
      await until(run, 'up');
      await run.signal('SIGUSR1');
      assert.match(String(await bytesOf(run)), /^usr1$/m);
      assert.deepEqual(await run.ended, { kind: 'code', code: 6 });
    });

    test('whoever goes away hangs it up', limit, async () => {
      for (const input of ['pipe', terminal] as const) {
        const caller = new AbortController();
        const command = 'trap "exit 5" HUP; echo up; while :; do sleep 0.05; done';
        const run = await begin(command, { input }, caller.signal);
        await until(run, 'up');
        caller.abort();
        assert.deepEqual(await run.ended, { kind: 'code', code: 5 });
      }
    });

    test('variables of a run are over those of the release and under its port and name', limit, async () => {
      const variables = { GIVEN: `it's "so" $(id)`, HOME: '/tmp', DYNO: 'other' };
      const run = await begin(
        `node -p 'JSON.stringify([process.env.GIVEN, process.env.HOME, process.env.DYNO])'`,
        {
          variables,
        },
      );
      assert.deepEqual(JSON.parse(String(await bytesOf(run))), [variables.GIVEN, '/tmp', 'run.1']);
    });

    test('with input, the log has its start and nothing of what was read or written', limit, async () => {
      const run = await begin('cat');
      await run.write(Buffer.from('a secret\n'));
      await run.end();
      await bytesOf(run);
      await run.ended;
      const text = await logged();
      assert.match(text, /^Starting process with command `cat`$/m);
      assert.match(text, /^Process exited with status 0$/m);
      assert.doesNotMatch(text, /a secret/);
    });

    test('input is refused where there is none, and a size where there is no terminal', limit, async () => {
      const none = await begin('sleep 1000', { input: 'none' });
      const refused = {
        code: 'INPUT_REFUSED',
        message: 'Cannot use the input of run.1: it was started without',
      };
      await assert.rejects(none.write(Buffer.from('x')), refused);
      await assert.rejects(none.end(), refused);
      await none.stop();
      const piped = await begin('cat');
      await assert.rejects(piped.resize(terminal), {
        code: 'INPUT_REFUSED',
        message: 'Cannot use the terminal of run.1: it was started without',
      });
      await piped.stop();
    });

    test('with input, the next engine ends it', limit, async () => {
      const run = await begin('cat');
      const lost = run.ended.catch((error: { code: string }) => assert.equal(error.code, 'ONE_OFF_LOST'));
      const [view] = await engine.processes(owner.id);
      await engine.close();
      engine = await harness.open();
      await gone(engine, view?.instance);
      assert.deepEqual(await engine.processes(owner.id), []);
      await Promise.race([lost, Promise.resolve()]);
    });

    test('a detached one outlives its caller and its engine, and is logged', limit, async () => {
      const caller = new AbortController();
      const command = 'echo begun; while [ ! -e /data/go ]; do sleep 0.05; done; echo over; exit 3';
      const volumes = [{ name: 'data', path: '/data' }];
      const spec = harness.spec(command, { volumes });
      const run = await begin('', { spec, input: 'none', detached: true }, caller.signal);
      const left = run.ended.catch((error: { code: string }) => assert.equal(error.code, 'ONE_OFF_LOST'));
      caller.abort();
      for await (const { text } of run.lines) if (text === 'begun') break;
      await engine.close();
      engine = await harness.open();
      const [view] = await engine.processes(owner.id);
      assert.equal(view?.instance, run.instance);
      const end = await watch(engine, run.instance);
      const go = await begin('', { spec: harness.spec('touch /data/go', { volumes }), process: 'run.2' });
      assert.deepEqual(await go.ended, { kind: 'code', code: 0 });
      assert.deepEqual(await end(), { kind: 'code', code: 3 });
      assert.match(await logged(), /^begun\n(.*\n)*over$/m);
      await Promise.race([left, Promise.resolve()]);
    });

    test('a detached one has no input', limit, async () => {
      await assert.rejects(begin('cat', { detached: true }), {
        code: 'DETACHED_WITH_INPUT',
        message: 'Cannot run run.1 detached: it is to have input, and nobody would give it',
      });
    });
  });
}

async function bytesOf(run: OneOff): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const bytes of run.output) parts.push(bytes);
  return Buffer.concat(parts);
}

/** What it writes from here until a text is in it. */
async function until(run: OneOff, text: string): Promise<string> {
  let seen = '';
  for await (const bytes of run.output) {
    seen += Buffer.from(bytes).toString();
    if (seen.includes(text)) return seen;
  }
  return assert.fail(`not written: ${text}\n${seen}`);
}

/** Until there is no such instance. */
async function gone(engine: Engine, instance: string | undefined): Promise<void> {
  const changes = engine.observe(AbortSignal.timeout(20 * second));
  const isThere = async (): Promise<boolean> =>
    (await engine.processes()).some((view) => view.instance === instance);
  if (!(await isThere())) return;
  for await (const _ of changes) if (!(await isThere())) return;
}

/** Once it is observed: how it will end. */
async function watch(engine: Engine, instance: string): Promise<() => Promise<Exit>> {
  const changes = engine.observe(AbortSignal.timeout(20 * second))[Symbol.asyncIterator]();
  const next = async (): Promise<ProcessView> => {
    for (;;) {
      const { value } = await changes.next();
      if (value?.kind === 'process' && value.process.instance === instance) return value.process;
      assert.ok(value, 'it is observed');
    }
  };
  await next();
  return async () => {
    for (;;) {
      const { exit } = await next();
      if (exit !== null) return exit;
    }
  };
}
