import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { type Held, type Hold, watchMemory } from './memory-watch.ts';

const megabyte = 1024 * 1024;

interface Having {
  readonly megabytes: number;
  /** Processes that have the same memory too. */
  readonly sharers?: number;
}

/** Resolves when all have it. */
async function having(t: TestContext, { megabytes, sharers = 0 }: Having): Promise<ChildProcess> {
  const forks = `for (1 .. ${sharers}) { fork or last; }`;
  const child = perl(t, `vec($x, ${megabytes} << 20, 8) = 1; ${forks} $| = 1; print "."; sleep 60;`);
  assert.ok(child.stdout !== null);
  for (let count = 0; count < 1 + sharers; ) {
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    count += chunk.length;
  }
  return child;
}

/** Takes ten megabytes more, again and again, up to what no machine is short of. */
function growing(t: TestContext): ChildProcess {
  return perl(t, 'for (1 .. 60) { my $s = ""; vec($s, 10 << 20, 8) = 1; push @x, \\$s; } sleep 60;');
}

function perl(t: TestContext, program: string): ChildProcess {
  // A group of its own: what it forked ends with it.
  const child = spawn('perl', ['-e', program], { detached: true });
  t.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-(child.pid ?? assert.fail('it did not start')), 'SIGKILL');
    await once(child, 'exit');
  });
  return child;
}

interface Listening extends Held {
  readonly why: Promise<string>;
}

function listening(writtenBytes = 0): Listening {
  const { promise, resolve } = Promise.withResolvers<string>();
  return { writtenBytes: () => writtenBytes, ended: resolve, why: promise };
}

interface Watching {
  readonly said: readonly string[];
  hold(child: ChildProcess, held: Held): Hold;
}

function watching(t: TestContext, megabytes: number, freeMegabytes = () => 8192): Watching {
  const said: string[] = [];
  const watch = watchMemory({
    limit: megabytes * megabyte,
    machine: { total: 16_384 * megabyte, free: () => freeMegabytes() * megabyte },
    onFirst: (why) => said.push(why),
    lookEveryMs: 20,
  });
  t.after(() => watch.stop());
  return { said, hold: ({ pid }, held) => watch.hold(pid ?? assert.fail('it did not start'), held) };
}

describe('a watch of memory', { timeout: 60_000 }, () => {
  test('ends the tree that takes the most, once all of them are over the limit', async (t) => {
    const { said, hold } = watching(t, 200);
    const small = await having(t, { megabytes: 60 });
    const [smaller, larger] = [listening(), listening()];
    hold(small, smaller);
    const large = growing(t);
    hold(large, larger);
    const [, signal] = await once(large, 'exit');
    assert.equal(signal, 'SIGKILL');
    const why = 'since all processes of the app together took more than 200 MB of memory';
    assert.equal(await larger.why, why);
    assert.deepEqual(said, [why]);
    assert.equal(small.signalCode, null);
  });

  test('counts what a layer in memory holds as its tree does', async (t) => {
    const light = await having(t, { megabytes: 30 });
    const heavy = await having(t, { megabytes: 10 });
    const { hold } = watching(t, 200);
    hold(light, listening());
    hold(heavy, listening(500 * megabyte));
    const [, signal] = await once(heavy, 'exit');
    assert.equal(signal, 'SIGKILL');
    assert.equal(light.signalCode, null);
  });

  test('counts the layer of a process that is gone until it is let go', async (t) => {
    const { said, hold } = watching(t, 200);
    const large = await having(t, { megabytes: 30 });
    const gone = hold(await having(t, { megabytes: 1 }), listening(190 * megabyte));
    gone.left();
    assert.equal((await once(large, 'exit'))[1], 'SIGKILL');
    gone.release();
    const other = await having(t, { megabytes: 60 });
    assert.equal(other.signalCode, null);
    assert.equal(said.length, 1);
  });

  test('counts once what processes share', async (t) => {
    const shared = await having(t, { megabytes: 60, sharers: 3 });
    const { said, hold } = watching(t, 200);
    hold(shared, listening());
    // What the sharers seem to take is over the limit at every look that comes before its end.
    const large = growing(t);
    await once(large, 'exit');
    assert.equal(said.length, 1);
    assert.equal(shared.signalCode, null);
  });

  test('ends the largest tree too when the machine has hardly any memory left, whoever has it', async (t) => {
    let free = 8192;
    const { hold } = watching(t, 4096, () => free);
    const [smaller, larger] = [listening(), listening()];
    const small = await having(t, { megabytes: 10 });
    const large = await having(t, { megabytes: 60 });
    hold(small, smaller);
    hold(large, larger);
    free = 1000;
    assert.equal(await larger.why, 'since the machine had less than 1 GB of memory left');
    free = 8192;
    await once(large, 'exit');
    assert.equal(small.signalCode, null);
  });

  test('lets an app be where the machine had hardly any from the start', async (t) => {
    const { said, hold } = watching(t, 200, () => 1000);
    hold(await having(t, { megabytes: 10 }), listening());
    const large = growing(t);
    hold(large, listening());
    await once(large, 'exit');
    assert.deepEqual(said, ['since all processes of the app together took more than 200 MB of memory']);
  });
});
