/**
 * Each process of the platform is killed in turn while requests stream in. What a killed router had in hand is lost with its
 * connection, and only that; a client asks again, as browsers do. Everything else succeeds the first time.
 * DOZEN_KILL_ROUNDS: how often each is killed (default 3).
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  eventually,
  get,
  helloFiles,
  makeApp,
  makeHome,
  pidsOf,
  processesOf,
  removeHome,
  serving,
  type UpRun,
  up,
  urlOf,
} from '../parts/platform-run.ts';

const rounds = Number(process.env.DOZEN_KILL_ROUNDS ?? 3);

interface Stream {
  asked: number;
  /** Connections that broke before an answer. */
  broken: number;
  /** Answers that were not 200, or no answer when asked again. */
  failed: string[];
  stop(): Promise<void>;
}

/** A moment later: a killed listener takes connections until the kernel has closed it. */
async function askAgain(url: string): Promise<{ status: number; text: string }> {
  await new Promise((resolve) => setTimeout(resolve, 50));
  return get(url).catch((error: Error) => ({ status: 0, text: error.message }));
}

function stream(url: string): Stream {
  const stopped = new AbortController();
  const counts = { asked: 0, broken: 0, failed: [] as string[] };
  const ask = async (): Promise<void> => {
    counts.asked += 1;
    const first = await get(url).catch(() => null);
    if (first === null) counts.broken += 1;
    const answer = first ?? (await askAgain(url));
    if (answer.status !== 200) counts.failed.push(`${answer.status} ${answer.text}`);
  };
  const lane = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await ask();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const lanes = [lane(), lane()];
  return Object.assign(counts, {
    async stop() {
      stopped.abort();
      await Promise.all(lanes);
    },
  });
}

describe(`each platform process killed ${rounds} times under a request stream`, {
  timeout: 60_000 + rounds * 30_000,
}, () => {
  let home: string;
  let run: UpRun;
  let url: string;

  before(async () => {
    home = makeHome();
    run = up(home, [makeApp(helloFiles)]);
    url = urlOf(await run.until(serving));
  });
  after(async () => {
    await run.end('SIGINT');
    assert.deepEqual(processesOf(home), []);
    removeHome(home);
  });

  for (const { role, mayBreak } of [
    { role: 'control', mayBreak: false },
    { role: 'runner', mayBreak: false },
    { role: 'router', mayBreak: true },
  ]) {
    test(`${role}: the app's pid stays, requests go on, and it comes back`, async () => {
      const before = (await get(url)).text;
      const requests = stream(url);
      try {
        for (let round = 0; round < rounds; round += 1) await killOne(role, requests);
      } finally {
        await requests.stop();
      }
      assert.deepEqual(requests.failed, []);
      const broke = `${requests.broken} of ${requests.asked} connections broke`;
      assert.ok(mayBreak ? requests.broken <= rounds * 2 : requests.broken === 0, broke);
      assert.equal((await get(url)).text, before, 'the same process answers');
    });
  }

  async function killOne(role: string, requests: Stream): Promise<void> {
    const readyOnes = (): number =>
      run.said.filter((said) => said.kind === 'platform' && said.role === role && said.event === 'ready')
        .length;
    const [victim] = pidsOf(home, role);
    assert.ok(victim, `${role} is there`);
    const { asked } = requests;
    const ready = readyOnes();
    process.kill(victim, 'SIGKILL');
    await eventually(() => readyOnes() > ready, { what: `${role} is back` });
    await eventually(() => requests.asked > asked + 40, { what: 'requests go on' });
  }
});
