/** Written and signed in through one web process, asked through another, and through a new one after both were killed. */
import type { Restart, StateFacts, StateRun } from '../../../factors/06-processes/probe-state.ts';
import { nothingToSee, type Observation, seen } from '../../../factors/law.ts';
import type { Instance, Lab } from '../../lab/lab.ts';
import { rootRequest } from '../../lab/watched.ts';
import type { HttpRequest } from '../../scenario/scenario.ts';
import { Unobservable } from '../../unobservable.ts';
import { type Answered, ask } from '../asked.ts';
import { beginSession, endSession, withoutSession } from './session.ts';
import { readUntil, type Written, writeBothWays } from './written.ts';

export async function collectState(lab: Lab): Promise<Observation<StateFacts>> {
  if (lab.app.processTypes.web === undefined) return nothingToSee('The app has no web process');
  const { requests, session } = lab.subject.scenario;
  const { write, read } = requests;
  if ((write === null || read === null) && session === null) {
    const { web } = await lab.shared();
    return seen({ state: untold(lab), session: withoutSession(lab, await askPlainly(lab, web)) });
  }
  const deploy = await lab.deploy();
  const pair = await Promise.all([deploy.up('web'), deploy.up('web')]);
  const [one, two] = pair;
  const plain = session === null ? await askPlainly(lab, one) : [];
  const unsent = await whyUnsent(lab, pair, [write, read]);
  const written =
    write === null || read === null || unsent !== null
      ? null
      : await writeBothWays(lab, { write, read, one, two });
  const visit = session === null ? null : await beginSession(lab, { session, one, two });

  const endings = await Promise.all(pair.map((instance) => instance.kill()));
  const killed = pair.map(({ name }, at) => ({ process: name, atMs: endings[at]?.atMs ?? lab.now() }));
  const next = await deploy.start('web');
  const readiness = await next.ready;
  const failure = readiness.ready ? null : readiness.why;
  return seen({
    state:
      written === null ? (unsent ?? untold(lab)) : await readAgain(lab, { written, next, killed, failure }),
    session:
      visit === null
        ? withoutSession(lab, [...plain, ...(written?.answered ?? [])])
        : await endSession(visit, failure === null ? next : null),
  });
}

/** Null: the requests can be sent. */
async function whyUnsent(
  { signal }: Lab,
  instances: readonly Instance[],
  requests: readonly (HttpRequest | null)[],
): Promise<(StateRun & { readonly kind: 'unsent' }) | null> {
  try {
    await Promise.all(instances.map((instance) => instance.prepareFor(requests, signal)));
    return null;
  } catch (error) {
    if (error instanceof Unobservable) return { kind: 'unsent', why: error.message };
    throw error;
  }
}

function untold(lab: Lab): StateRun {
  return { kind: lab.subject.scenario.requests.writesNothing ? 'writes-nothing' : 'untold' };
}

/** Requests that change nothing, for what their answers set. */
function askPlainly(lab: Lab, web: Instance): Promise<readonly Answered[]> {
  const { cheap, read } = lab.subject.scenario.requests;
  const requests = [rootRequest, cheap, read].filter((request) => request !== null);
  const token = lab.token();
  return Promise.all(requests.map((request) => ask(web, { request, token, signal: lab.signal })));
}

interface Again extends Pick<Restart, 'killed' | 'failure'> {
  readonly written: Written;
  readonly next: Instance;
}

async function readAgain(lab: Lab, { written, next, killed, failure }: Again): Promise<StateRun> {
  const { ways, kept, request } = written;
  const unsent = failure === null ? await whyUnsent(lab, [next], [request]) : null;
  if (unsent !== null) return { kind: 'run', ways, restart: { killed, failure: unsent.why, reads: [] } };
  const reads = await Promise.all(
    (failure === null ? kept : []).map(async ({ write, token }) => ({
      write,
      read: await readUntil(lab, { instance: next, request, token }),
    })),
  );
  return { kind: 'run', ways, restart: { killed, failure, reads } };
}
