/** Every process type, as the watched run shows it. */

import type { ProcessTypeFacts, TypeProcess } from '../../../factors/08-concurrency/probe-process-types.ts';
import { type Observation, seen } from '../../../factors/law.ts';
import type { Ending, Instance, Lab, WatchedInstance } from '../../lab/lab.ts';
import { lastWords } from '../../lab/output.ts';

/** What ends by itself, or goes into the background, has done so by then. */
const settledMs = 2_000;
const shownLines = 3;
const lineShown = 300;

export async function collectTypes(lab: Lab): Promise<Observation<ProcessTypeFacts>> {
  const { instances } = await lab.watched();
  const youngest = Math.max(...instances.map(({ instance }) => instance.startedAt));
  await lab.pause(Math.max(0, youngest + settledMs - lab.now()));
  return seen({ processes: await Promise.all(instances.map((each) => look(each, lab))) });
}

async function look({ instance, readiness }: WatchedInstance, lab: Lab): Promise<TypeProcess> {
  const { name, type, startedAt } = instance;
  const ending = await endingSoFar(instance, lab);
  const processes = instance.processes();
  const main = instance.main();
  const below = descendantsOf(main?.pid ?? null, processes);
  return {
    name,
    type,
    command: lab.app.processTypes[type] ?? '',
    startedAt,
    atMs: lab.now(),
    ending: ending === null ? null : { atMs: ending.atMs, how: ending.signal ?? `code ${ending.code}` },
    failure: readiness.ready ? null : readiness.why,
    lastLines: lastWords(instance.output(), shownLines).map(({ text }) => text.slice(0, lineShown)),
    mainLives: main !== null,
    others: processes
      .filter(({ pid }) => pid !== main?.pid)
      .map(({ pid, session, argv }) => ({
        argv,
        sameSession: session === main?.session,
        orphan: !below.has(pid),
      })),
    written: instance
      .trace()
      .flatMap((event) =>
        event.kind === 'open' && event.writes ? [{ atMs: event.atMs, path: event.path }] : [],
      ),
  };
}

/** Null while something of it is alive. */
function endingSoFar({ ended }: Instance, lab: Lab): Promise<Ending | null> {
  return Promise.race([ended, lab.pause(0).then(() => null)]);
}

type Processes = ReturnType<Instance['processes']>;

function descendantsOf(root: number | null, processes: Processes): ReadonlySet<number> {
  const below = new Set<number>(root === null ? [] : [root]);
  for (let before = 0; before !== below.size; ) {
    before = below.size;
    for (const { pid, parent } of processes) if (below.has(parent)) below.add(pid);
  }
  return below;
}
