/** What is written through one process, and read through itself and another. */
import type { Asked } from '../../../factors/06-processes/probe-asked.ts';
import type { Way } from '../../../factors/06-processes/probe-state.ts';
import type { Instance, Lab } from '../../lab/lab.ts';
import type { HttpRequest } from '../../scenario/scenario.ts';
import { type Answered, ask } from '../asked.ts';

export interface Written {
  readonly ways: readonly [Way, ...Way[]];
  /** What the process that was written to has shown. */
  readonly kept: readonly { readonly write: Asked; readonly token: string }[];
  /** What reads it. */
  readonly request: HttpRequest;
  /** Answers to what was written. */
  readonly answered: readonly Answered[];
}

interface Writing {
  readonly write: HttpRequest;
  readonly read: HttpRequest;
  readonly one: Instance;
  readonly two: Instance;
}

/** The second way is gone where the first has shown that the scenario fits. */
export async function writeBothWays(lab: Lab, { one, two, ...requests }: Writing): Promise<Written> {
  const there = await writeOneWay(lab, { ...requests, one, two });
  const fits = there.way.own?.asExpected === true;
  const more = fits ? [await writeOneWay(lab, { ...requests, one: two, two: one })] : [];
  const all = [there, ...more];
  return {
    ways: [there.way, ...more.map(({ way }) => way)],
    kept: all.flatMap(({ way, token }) =>
      way.own?.asExpected === true ? [{ write: way.write, token }] : [],
    ),
    request: requests.read,
    answered: all.map(({ answered }) => answered),
  };
}

async function writeOneWay(lab: Lab, { write, read, one, two }: Writing) {
  const token = lab.token();
  const answered = await ask(one, { request: write, token, signal: lab.signal });
  const wrote = answered.asked.asExpected;
  const own = wrote ? await readUntil(lab, { instance: one, request: read, token }) : null;
  const shows = own?.asExpected === true;
  const other = shows ? await readUntil(lab, { instance: two, request: read, token }) : null;
  const way: Way = { write: answered.asked, own, other };
  return { way, token, answered };
}

/** A read may follow its write after a while, as over a replica. */
const followsWithinMs = 3_000;
const askEveryMs = 100;

interface Reading {
  readonly instance: Instance;
  readonly request: HttpRequest;
  readonly token: string;
}

/** Its answer as expected, or the last one when the time is over. */
export async function readUntil(lab: Lab, { instance, request, token }: Reading): Promise<Asked> {
  const limit = lab.now() + followsWithinMs;
  for (;;) {
    const { asked } = await ask(instance, { request, token, signal: lab.signal });
    if (asked.asExpected || lab.now() > limit) return asked;
    await lab.pause(askEveryMs);
  }
}
