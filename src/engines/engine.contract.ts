/**
 * What every engine must do, whatever it runs processes on. The fixtures are tiny programs named for their behaviour.
 * An implementation brings a harness: how to open an engine over the same state again, and a spec for a fixture.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Exit } from '../factors/06-processes/process.ts';
import type { Readiness } from '../factors/07-port-binding/readiness.ts';
import { defaultReplacement } from '../factors/09-disposability/replacement.ts';
import { defaultStopPolicy, type StopPolicy } from '../factors/09-disposability/stop-policy.ts';
import type { LogLine } from '../factors/11-logs/log-line.ts';
import type {
  Desired,
  DesiredType,
  Engine,
  OneOff,
  OneOffSpec,
  Owner,
  ProcessSpec,
  ProcessView,
} from './engine.ts';
import { testOneOffs } from './one-off.contract.ts';
import { testRestarts } from './restart.contract.ts';

export interface EngineHarness {
  /** Over the same state each time. */
  open(): Promise<Engine>;
  /** A spec that runs a command line beside the fixtures in `/app`, with `node` on its PATH. */
  spec(command: string, more?: Partial<ProcessSpec>): ProcessSpec;
  /** Gets an endpoint's answer. */
  get(address: string, path: string): Promise<string>;
  close(): Promise<void>;
}

const second = 1000;
const listens = { kind: 'listens', healthPath: null, timeoutMs: 20 * second } as const satisfies Readiness;
const stays: Readiness = { kind: 'stays', afterMs: 100 };

export function testEngine(name: string, makeHarness: () => Promise<EngineHarness>): void {
  testOneOffs(name, makeHarness);
  testRestarts(name, makeHarness);
  describe(name, { timeout: 120 * second }, () => {
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

    function typeOf(
      type: string,
      command: string,
      more: Partial<DesiredType> & { readonly port?: ProcessSpec['port'] } = {},
    ): DesiredType {
      const { port = type === 'web' ? 'lease' : null, ...rest } = more;
      return {
        type,
        quantity: 1,
        spec: harness.spec(command, { port }),
        readiness: type === 'web' ? listens : stays,
        replacement: defaultReplacement(type),
        stop: { ...defaultStopPolicy, graceMs: 5 * second },
        ...rest,
      };
    }

    function desired(generation: number, types: readonly DesiredType[]): Desired {
      return { owner, generation, release: generation, hosts: ['sample.localhost'], types };
    }

    async function settle(wanted: Desired): Promise<string> {
      await engine.apply(wanted);
      const rollout = await engine.settled(owner.id, AbortSignal.timeout(30 * second));
      return rollout?.state === 'failed'
        ? `failed: ${rollout.reason?.message}`
        : (rollout?.state ?? 'unknown');
    }

    const names = async (): Promise<string[]> =>
      (await engine.processes(owner.id))
        .map(({ process, state, release }) => `${process} v${release} ${state}`)
        .sort();

    async function linesUntil(found: (line: LogLine) => boolean): Promise<LogLine[]> {
      const lines: LogLine[] = [];
      for await (const line of engine.logs(owner.id, {
        follow: true,
        signal: AbortSignal.timeout(20 * second),
      })) {
        lines.push(line);
        if (found(line)) return lines;
      }
      return assert.fail(`not said: ${lines.map(({ text }) => text).join('\n')}`);
    }

    const begin = (
      spec: ProcessSpec,
      more: Partial<Pick<OneOffSpec, 'stop' | 'timeoutMs' | 'variables'>> = {},
    ): Promise<OneOff> =>
      engine.runOneOff({
        owner,
        release: 1,
        process: 'run.1',
        spec,
        stop: defaultStopPolicy,
        timeoutMs: null,
        input: 'none',
        variables: {},
        detached: false,
        ...more,
      });

    async function oneOff(
      command: string,
      more: Partial<ProcessSpec> = {},
    ): Promise<{ exit: Exit; text: string }> {
      const spec = harness.spec(command, more);
      const run = await begin(spec);
      let text = '';
      for await (const line of run.lines) text += `${line.text}\n`;
      return { exit: await run.ended, text };
    }

    test('a formation becomes what runs, and answers', async () => {
      assert.equal(
        await settle(
          desired(1, [typeOf('web', 'node listens.mjs', { quantity: 2 }), typeOf('worker', 'sleep 1000')]),
        ),
        'settled',
      );
      assert.deepEqual(await names(), ['web.1 v1 up', 'web.2 v1 up', 'worker.1 v1 up']);
      const endpoints = await engine.endpoints(owner.id);
      const answers = await Promise.all(
        endpoints.map(({ address, port }) => harness.get(`${address}:${port}`, '/')),
      );
      assert.deepEqual(answers.map((text) => text.split(' ')[0]).sort(), ['web.1', 'web.2']);
    });

    test('the same formation again changes nothing', async () => {
      const wanted = desired(1, [typeOf('web', 'node listens.mjs')]);
      await settle(wanted);
      const before = await engine.processes(owner.id);
      await engine.apply(wanted);
      assert.deepEqual(
        (await engine.processes(owner.id)).map(({ pid }) => pid),
        before.map(({ pid }) => pid),
      );
    });

    test('how it is reached changes without a new generation, and the formation again takes nothing back', async () => {
      const wanted = desired(1, [typeOf('web', 'node listens.mjs')]);
      await settle(wanted);
      const before = await engine.processes(owner.id);
      await engine.reach(owner.id, { hosts: ['www.example.org'], maintenance: true });
      await engine.apply(wanted);
      assert.deepEqual(await engine.settled(owner.id), {
        owner,
        generation: 1,
        state: 'settled',
        reason: null,
      });
      assert.deepEqual(await engine.processes(owner.id), before);
      await engine.reach(randomUUID(), { hosts: ['nobody.localhost'], maintenance: false });
    });

    test('a lower generation with other content is refused', async () => {
      await settle(desired(2, [typeOf('worker', 'sleep 1000')]));
      await assert.rejects(engine.apply(desired(1, [])), {
        code: 'GENERATION_STALE',
        message: 'Cannot apply generation 1 of sample: 2 is known',
      });
    });

    test('scaling starts and stops only the difference', async () => {
      const web = (quantity: number): DesiredType => typeOf('web', 'node listens.mjs', { quantity });
      const at = (generation: number, quantity: number): Desired => ({
        ...desired(generation, [web(quantity)]),
        release: 1,
      });
      await settle(at(1, 1));
      const [first] = await engine.processes(owner.id);
      await settle(at(2, 3));
      assert.deepEqual(await names(), ['web.1 v1 up', 'web.2 v1 up', 'web.3 v1 up']);
      await settle(at(3, 1));
      assert.deepEqual(
        (await engine.processes(owner.id)).map(({ pid }) => pid),
        [first?.pid],
      );
    });

    test('a hundred processes start together, run and end together', async () => {
      const sleepers = typeOf('worker', 'sleep 1000', { quantity: 100 });
      assert.equal(await settle(desired(1, [sleepers])), 'settled');
      const views = await engine.processes(owner.id);
      assert.equal(new Set(views.map(({ pid }) => pid)).size, 100);
      assert.ok(views.every(({ state, crashes }) => state === 'up' && crashes === 0));
      assert.equal(await settle(desired(2, [])), 'settled');
      assert.deepEqual(await engine.processes(owner.id), []);
    });

    test('a type with a port is answered for, whatever it is called; one without by nobody', async () => {
      const mqtt = typeOf('mqtt', 'node listens.mjs', {
        port: 'lease',
        readiness: listens,
        exportedAt: 21_883,
      });
      const wanted = [typeOf('web', 'node listens.mjs'), mqtt, typeOf('worker', 'sleep 1000')];
      assert.equal(await settle(desired(1, wanted)), 'settled');
      const [view] = (await engine.processes(owner.id)).filter(({ process }) => process === 'mqtt.1');
      const [endpoint, ...others] = await engine.endpoints(owner.id, 'mqtt');
      assert.deepEqual([endpoint?.process, endpoint?.port, others.length], ['mqtt.1', view?.port, 0]);
      assert.deepEqual(await engine.endpoints(owner.id, 'worker'), []);
    });

    test('a process that never becomes ready fails the rollout and the last formation runs on', async () => {
      await settle(desired(1, [typeOf('web', 'node listens.mjs'), typeOf('worker', 'sleep 1000')]));
      const [old] = await engine.endpoints(owner.id);
      const broken = typeOf('web', 'sleep 1000', { readiness: { ...listens, timeoutMs: 400 } });
      const outcome = await settle(desired(2, [broken, typeOf('worker', 'sleep 1000')]));
      assert.match(outcome, /^failed: Cannot start web.1: it did not listen on port \d+ within 0.4 s$/);
      assert.deepEqual(await names(), ['web.1 v1 up', 'worker.1 v1 up']);
      assert.match(await harness.get(`${old?.address}:${old?.port}`, '/'), /^web.1/);
    });

    test('a process that is given no time to become ready fails the rollout, and nothing of it stays', async () => {
      for (const generation of [1, 2, 3, 4, 5, 6]) {
        const readiness = { ...listens, timeoutMs: generation * 4 };
        const outcome = await settle(desired(generation, [typeOf('web', 'sleep 1000', { readiness })]));
        assert.match(outcome, /^failed: Cannot start web.1: it did not listen on port \d+ within/);
        assert.deepEqual(await names(), []);
      }
    });

    test('a process that exits at once fails the rollout with its exit code', async () => {
      assert.equal(
        await settle(desired(1, [typeOf('web', 'exit 3')])),
        'failed: Cannot start web.1: exit code 3',
      );
      assert.deepEqual(await names(), []);
    });

    test('a worker that fails brings the old worker back, and the web process was never switched', async () => {
      await settle(desired(1, [typeOf('web', 'node listens.mjs'), typeOf('worker', 'sleep 1000')]));
      const [old] = await engine.endpoints(owner.id);
      const outcome = await settle(
        desired(2, [typeOf('web', 'node listens.mjs'), typeOf('worker', 'exit 4')]),
      );
      assert.equal(outcome, 'failed: Cannot start worker.1: exit code 4');
      assert.deepEqual(await engine.endpoints(owner.id), [old]);
      await linesUntil(
        ({ process, text }) => process === 'worker.1' && text === 'Process exited with status 4',
      );
    });

    test('what a health path answers decides, not that something listens', async () => {
      const sick = typeOf('web', 'node listens.mjs', {
        readiness: { kind: 'listens', healthPath: '/sick', timeoutMs: second },
      });
      assert.match(
        await settle(desired(1, [sick])),
        /^failed: Cannot start web.1: it did not answer GET \/sick well within 1 s$/,
      );
    });

    test('a process that ends is started again', async () => {
      await settle(desired(1, [typeOf('web', 'node listens.mjs')]));
      const [before] = await engine.processes(owner.id);
      const changes = engine.observe(AbortSignal.timeout(20 * second));
      end(before, 'SIGKILL');
      for await (const change of changes) {
        if (
          change.kind === 'process' &&
          change.process.state === 'up' &&
          change.process.instance !== before?.instance
        )
          break;
      }
      const [after] = await engine.processes(owner.id);
      assert.equal(after?.state, 'up');
      assert.equal(after?.crashes, 1);
      await linesUntil(({ text }) => text === 'Process exited with status 137');
    });

    test('SIGTERM lets a process finish, and its exit code is known', async () => {
      const run = await begin(
        harness.spec('trap "echo bye; exit 9" TERM; echo up; while :; do sleep 0.05; done'),
      );
      for await (const line of run.lines) if (line.text === 'up') break;
      assert.deepEqual(await run.stop(), { kind: 'code', code: 9 });
    });

    test('a command line of several programs has its grace too', async () => {
      const line = 'true && PORT=0 node listens.mjs; echo never';
      const run = await begin(harness.spec(line));
      const texts: string[] = [];
      for await (const { text } of run.lines) {
        texts.push(text);
        if (text.startsWith('listening')) void run.stop();
      }
      assert.deepEqual(await run.ended, { kind: 'code', code: 0 });
      assert.deepEqual(texts.slice(1), ['SIGTERM received']);
    });

    test('what a main process leaves when it is stopped has the rest of the grace', async () => {
      const run = await begin(harness.spec('node leaves-first.mjs'));
      const texts: string[] = [];
      for await (const { text } of run.lines) {
        texts.push(text);
        if (text === 'at work') void run.stop();
      }
      assert.deepEqual(await run.ended, { kind: 'code', code: 3 });
      assert.deepEqual(texts, ['at work', 'work finished']);
    });

    test('what it leaves is killed when the grace is over', async () => {
      const run = await begin(harness.spec('NEVER=1 node leaves-first.mjs'), {
        stop: { ...defaultStopPolicy, graceMs: 500 },
      });
      for await (const { text } of run.lines) if (text === 'at work') break;
      assert.deepEqual(await run.stop(), { kind: 'code', code: 3 });
    });

    test('a process that forks without end meets its limit, and others start as before', async () => {
      const { exit, text } = await oneOff('for i in $(seq 3000); do sleep 1000 & done; wait');
      assert.notDeepEqual(exit, { kind: 'code', code: 0 });
      assert.match(text, /fork/);
      assert.deepEqual(await oneOff('echo well'), { exit: { kind: 'code', code: 0 }, text: 'well\n' });
    });

    test('a process that a signal ends has said nothing but its own', async () => {
      const run = await begin(harness.spec('COUNT=1 STAY=1 exec node prints.mjs'));
      const texts: string[] = [];
      for await (const { text } of run.lines) {
        texts.push(text);
        void run.stop();
      }
      assert.deepEqual(await run.ended, { kind: 'signal', signal: 15 });
      assert.deepEqual(texts, ['line 1 of 1']);
    });

    test('a process that ignores SIGTERM is killed after its grace', async () => {
      const stop: StopPolicy = { signal: 'SIGTERM', target: 'group', graceMs: 300 };
      const run = await begin(harness.spec('node ignores-sigterm.mjs'), { stop });
      for await (const line of run.lines) if (line.text === 'here to stay') break;
      assert.deepEqual(await run.stop(), { kind: 'signal', signal: 9 });
    });

    test('a one-off gives its lines and its exit code', async () => {
      assert.deepEqual(await oneOff('echo one; echo two >&2; printf three; exit 7'), {
        exit: { kind: 'code', code: 7 },
        text: 'one\ntwo\nthree\n',
      });
    });

    test('names under localhost that its variables speak of are this machine', async () => {
      const look = "require('node:dns').lookup(process.argv[1], (error, at) => console.log(at ?? 'unknown'))";
      const spec = harness.spec(`node -e "${look}" stock.localhost`);
      const run = await begin(spec, { variables: { STOCK_URL: 'http://stock.localhost:8080/' } });
      const said: string[] = [];
      for await (const { text } of run.lines) said.push(text);
      assert.deepEqual([said, await run.ended], [['127.0.0.1'], { kind: 'code', code: 0 }]);
    });

    test('a one-off is stopped when its time is over', async () => {
      const spec = harness.spec('sleep 1000');
      const run = await begin(spec, { timeoutMs: 300 });
      assert.deepEqual(await run.ended, { kind: 'signal', signal: 15 });
    });

    test('a process that goes into the background is ended with what it left', async () => {
      const { exit } = await oneOff('(sleep 1000 &) ; echo gone');
      assert.deepEqual(exit, { kind: 'code', code: 0 });
      await linesUntil(({ text }) => text.startsWith('It ended and left 1 of its own processes behind'));
    });

    test('the memory quota is named when it is exceeded', async () => {
      const limit = 128 * 1024 * 1024;
      const { exit } = await oneOff('exec node eats-memory.mjs', { memoryLimit: limit });
      assert.deepEqual(exit, { kind: 'memory', limit });
    });

    test('a file that grows over the quota of the layer ends the process, and it is said why', async () => {
      const limit = 8 * 1024 * 1024;
      const { exit } = await oneOff('exec head -c 100000000 /dev/zero > /app/large', { diskLimit: limit });
      assert.deepEqual(exit, { kind: 'disk', limit });
    });

    test('many files over the quota of the layer do too, deleted ones that are held open as well', async () => {
      const limit = 8 * 1024 * 1024;
      const files = 'for i in $(seq 10); do head -c 1000000 /dev/zero > /app/file-$i; done; sleep 1000';
      assert.deepEqual((await oneOff(files, { diskLimit: limit })).exit, { kind: 'disk', limit });
      const held =
        'for i in 3 4; do eval "exec $i>/app/held"; rm /app/held; head -c 6000000 /dev/zero >&$i; done; sleep 1000';
      assert.deepEqual((await oneOff(held, { diskLimit: limit })).exit, { kind: 'disk', limit });
    });

    test('folders deeper than a path can say are cleared', { timeout: 20 * second }, async () => {
      const deep = `node -e "for (let at = 0; at < 60; at += 1) { fs.mkdirSync('d'.repeat(200)); process.chdir('d'.repeat(200)); }" && echo made`;
      assert.deepEqual(await oneOff(deep), { exit: { kind: 'code', code: 0 }, text: 'made\n' });
      assert.deepEqual(await oneOff('echo next'), { exit: { kind: 'code', code: 0 }, text: 'next\n' });
    });

    test('what is below the quota of the layer, or in a volume, is written', async () => {
      const more = { diskLimit: 8 * 1024 * 1024, volumes: [{ name: 'data', path: '/data' }] };
      const { exit } = await oneOff(
        'head -c 7000000 /dev/zero > /app/small && head -c 20000000 /dev/zero > /data/large && sleep 1.5',
        more,
      );
      assert.deepEqual(exit, { kind: 'code', code: 0 });
    });

    test('every line is kept, in order, numbered without gaps', async () => {
      const { exit } = await oneOff('COUNT=20000 node prints.mjs');
      assert.deepEqual(exit, { kind: 'code', code: 0 });
      const lines = await linesUntil(({ text }) => text === 'line 20000 of 20000');
      const said = lines.filter(({ source }) => source === 'dozen');
      assert.deepEqual(
        said.map(({ sequence }) => sequence),
        said.map((_, at) => at + 1),
      );
      const printed = lines.filter(({ source }) => source === 'app');
      assert.deepEqual(
        printed.map(({ text }) => text),
        Array.from({ length: 20_000 }, (_, at) => `line ${at + 1} of 20000`),
      );
      assert.deepEqual(
        printed.map(({ sequence }) => sequence),
        Array.from({ length: 20_000 }, (_, at) => at + 1),
      );
    });

    test('the next engine adopts what runs: same pids, same ports, no line lost or doubled', async () => {
      const printer = typeOf('worker', 'COUNT=3000 PAUSE_MS=20 STAY=1 node prints.mjs');
      await settle(desired(1, [typeOf('web', 'node listens.mjs'), printer]));
      const before = await engine.processes(owner.id);
      for (let round = 0; round < 5; round += 1) {
        await engine.close();
        engine = await harness.open();
      }
      const facts = (views: typeof before): unknown =>
        views.map(({ process, pid, port, instance }) => ({ process, pid, port, instance }));
      assert.deepEqual(facts(await engine.processes(owner.id)), facts(before));
      assert.equal((await engine.settled(owner.id))?.state, 'settled');
      const lines = (await linesUntil(({ text }) => text === 'line 3000 of 3000')).filter(
        (line) => line.process === 'worker.1' && line.source === 'app',
      );
      assert.deepEqual(
        lines.map(({ text }) => text),
        Array.from({ length: 3000 }, (_, at) => `line ${at + 1} of 3000`),
      );
      assert.deepEqual(
        lines.map(({ sequence }) => sequence),
        Array.from({ length: 3000 }, (_, at) => at + 1),
      );
    });

    test('a process that ended while no engine was there has its exit code known and is started again', async () => {
      await settle(desired(1, [typeOf('web', 'node listens.mjs')]));
      const [before] = await engine.processes(owner.id);
      await engine.close();
      end(before, 'SIGTERM');
      engine = await harness.open();
      await linesUntil(
        ({ text }) => text === 'Process exited with status 0' || text === 'Process exited with status 143',
      );
      for await (const change of engine.observe(AbortSignal.timeout(20 * second))) {
        if (change.kind === 'process' && change.process.state === 'up') break;
      }
      assert.deepEqual(await names(), ['web.1 v1 up']);
    });

    test('how processes ended is known, newest first, after the engine is opened again too', async () => {
      const talker = 'for i in $(seq 12); do echo "line $i"; done; node -p "\'x\'.repeat(900)"; exit 3';
      await oneOff(talker);
      const attached = await engine.runOneOff({
        owner,
        release: 2,
        process: 'run.2',
        spec: harness.spec('cat'),
        stop: defaultStopPolicy,
        timeoutMs: null,
        input: 'pipe',
        variables: {},
        detached: false,
      });
      await attached.stop();
      await settle(desired(3, [typeOf('worker', 'sleep 1000')]));
      const [worker] = await engine.processes(owner.id);
      end(worker, 'SIGKILL');
      await linesUntil(({ text }) => text.startsWith('Starting it again'));
      await engine.close();
      engine = await harness.open();
      const [crash, stopped, run, ...others] = await engine.history(owner.id);
      assert.deepEqual(others, []);
      assert.deepEqual(
        [crash?.process, crash?.exit, crash?.asked, crash?.crashes, crash?.instance],
        ['worker.1', { kind: 'signal', signal: 9 }, false, 1, worker?.instance],
      );
      assert.deepEqual(
        [stopped?.process, stopped?.asked, stopped?.release, stopped?.lastLines],
        ['run.2', true, 2, []],
      );
      assert.deepEqual(
        [run?.process, run?.exit, run?.asked, run?.crashes],
        ['run.1', { kind: 'code', code: 3 }, false, 0],
      );
      const told = Array.from({ length: 9 }, (_, at) => `line ${at + 4}`);
      assert.deepEqual(run?.lastLines, [...told, 'x'.repeat(500)]);
      assert.ok((run?.endedAt ?? 0) >= (run?.startedAt ?? 1));
    });

    test('the last hundred ends are kept', async () => {
      await settle(desired(1, [typeOf('worker', 'sleep 1000', { quantity: 105 })]));
      await settle(desired(2, []));
      await engine.close();
      engine = await harness.open();
      const ends = await engine.history(owner.id);
      assert.equal(new Set(ends.map(({ instance }) => instance)).size, 100);
      assert.ok(ends.every(({ asked, crashes }) => asked && crashes === 0));
    });

    test('what the platform says is in the log, as a line', async () => {
      await engine.say(owner, { process: 'api', text: 'Release v5 created by user a@b\nand more' });
      await engine.close();
      engine = await harness.open();
      const line = (await linesUntil(({ process }) => process === 'api')).at(-1);
      assert.deepEqual([line?.source, line?.text], ['dozen', 'Release v5 created by user a@b and more']);
    });

    test('destroy leaves nothing', async () => {
      await settle(desired(1, [typeOf('web', 'node listens.mjs'), typeOf('worker', 'sleep 1000')]));
      await engine.destroy(owner.id);
      assert.deepEqual(await engine.processes(owner.id), []);
      assert.equal(await engine.settled(owner.id), null);
      assert.deepEqual(await engine.history(owner.id), []);
      assert.deepEqual(await engine.endpoints(owner.id), []);
      const signal = AbortSignal.timeout(5 * second);
      for await (const line of engine.logs(owner.id, { follow: false, signal })) assert.fail(line.text);
    });
  });
}

/** From outside, as the machine or a person might. */
function end(view: ProcessView | undefined, signal: NodeJS.Signals): void {
  assert.ok(view?.pid, 'it has a pid');
  process.kill(view.pid, signal);
}
