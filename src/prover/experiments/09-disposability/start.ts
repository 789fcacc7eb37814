/** Ten starts of web, and SIGTERM in the middle of others. */
import {
  type EarlyStop,
  type StartFacts,
  startProbes,
} from '../../../factors/09-disposability/probe-start.ts';
import { nothingToSee, type Observation, seen } from '../../../factors/law.ts';
import { runExperiment } from '../../experiment.ts';
import type { Deploy, Instance, Lab } from '../../lab/lab.ts';
import { Unobservable } from '../../unobservable.ts';
import { endWithin, howItEnded } from './end.ts';

export const start = runExperiment<StartFacts>({
  factor: 'disposability',
  name: 'ten starts, and SIGTERM while it starts',
  probes: startProbes,
  collect,
});

type Start = StartFacts['starts'][number];

const startsCount = 10;
/** Where each start takes longer than this, four tell enough. */
const slowMs = 10_000;
const startsCountSlow = 4;
/** Moments of a start, as parts of how long one takes. */
const parts = [0, 0.2, 0.4, 0.6, 0.85];
/** Of a start that takes longer only so much is tried. */
const longestMomentMs = 3_000;
const endLimitMs = 10_000;

async function collect(lab: Lab): Promise<Observation<StartFacts>> {
  if (lab.app.processTypes.web === undefined) return nothingToSee('The app has no web process');
  const deploy = await lab.deploy();
  const starts = await timeStarts(deploy, lab);
  const shortest = Math.min(longestMomentMs, ...starts.map(({ tookMs }) => tookMs));
  const stops = await Promise.all(parts.map((part) => stopEarly(deploy, { afterMs: part * shortest, lab })));
  return seen({ starts, early: stops.filter((each) => each !== null), limitMs: endLimitMs });
}

async function timeStarts(deploy: Deploy, lab: Lab): Promise<readonly Start[]> {
  const starts: Start[] = [];
  const enough = (): number =>
    starts.some(({ tookMs }) => tookMs <= slowMs) ? startsCount : startsCountSlow;
  do {
    starts.push(...(await Promise.all([timeStart(deploy, lab), timeStart(deploy, lab)])));
  } while (starts.length < enough());
  return starts;
}

async function timeStart(deploy: Deploy, lab: Lab): Promise<Start> {
  const instance = await deploy.start('web');
  const readiness = await instance.ready;
  const atMs = lab.now();
  await instance.kill();
  if (!readiness.ready) throw new Unobservable(`web does not start: ${readiness.why}`);
  return { process: instance.name, tookMs: readiness.tookMs, atMs };
}

interface Early {
  readonly afterMs: number;
  readonly lab: Lab;
}

/** Null: it was ready, or had ended, before its moment came. */
async function stopEarly(deploy: Deploy, { afterMs, lab }: Early): Promise<EarlyStop | null> {
  const instance = await deploy.start('web');
  let tooLate = false;
  void instance.ready.then(() => {
    tooLate = true;
  });
  while (!hasBegun(instance) || lab.now() - instance.startedAt < afterMs) {
    if (tooLate) break;
    await lab.pause(lookEveryMs);
  }
  if (tooLate) {
    await instance.kill();
    return null;
  }
  instance.signal('SIGTERM');
  const atMs = lab.now();
  const ending = await endWithin(instance, endLimitMs, lab);
  return {
    process: instance.name,
    afterMs: atMs - instance.startedAt,
    atMs,
    endedAfterMs: ending === null ? null : ending.atMs - atMs,
    how: howItEnded(ending),
  };
}

const lookEveryMs = 5;

/** Whether the app's own program runs: before it does, a signal meets the shell that starts it. */
function hasBegun(instance: Instance): boolean {
  const processes = instance.processes();
  const leader = processes.find(({ pid, session }) => pid === session);
  if (leader === undefined) return false;
  const shell = leader.argv.join('\0');
  return processes.some(({ pid, argv }) => pid !== leader.pid && argv.join('\0') !== shell);
}
