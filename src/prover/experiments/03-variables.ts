/** One deploy: every process type with all variables, with each required one taken away, and with those changed that the scenario knows. */

import { masked, type PrintedFacts, type PrintedOutput } from '../../factors/03-config/probe-secrets.ts';
import type { FailedStart, StartFact, VariableFacts } from '../../factors/03-config/probe-variable-facts.ts';
import { type Observation, seen } from '../../factors/law.ts';
import type { Instance, Lab, Watched } from '../lab/lab.ts';
import { Unobservable } from '../unobservable.ts';
import { changeAll } from './03-variables/changes.ts';
import { answerMs, endedWith, inGroups, lastLines, lastWordsMs, type Trial } from './03-variables/trial.ts';
import { takeAway } from './03-variables/without.ts';
import { secretsOf } from './deploy-secrets.ts';
import { endingSoFar } from './ending.ts';

export async function variables(lab: Lab): Promise<Observation<VariableFacts & PrintedFacts>> {
  const deploy = await lab.deploy({ release: false });
  const trial: Trial = { lab, deploy, secrets: secretsOf(deploy, lab), outputs: [], normalMs: 0 };
  const releaseFailure = await release(trial);
  const base = releaseFailure === null ? await startAll(trial) : [];
  const starts = base.map(({ fact }) => fact);
  const works = starts.length > 0 && starts.every(({ failure }) => failure === null);
  const web = base.find(({ instance }) => instance.type === 'web')?.instance ?? null;
  const normal = { ...trial, normalMs: Math.max(0, ...base.map(({ tookMs }) => tookMs)) };
  const removals = works ? await inGroups(required(trial), (variable) => takeAway(normal, variable)) : [];
  const changes = works && web !== null ? await changeAll(normal, web) : [];
  if (works && web !== null) await failOnce(trial, web);
  const watched = await orNull(() => lab.watched());
  const losable = deploy.services.length > 0 && trial.secrets.length > 0;
  const lost = losable ? await orNull(() => lab.lost()) : null;
  return seen({
    given: [...Object.keys(deploy.variables).filter(isDeclared), 'PORT'],
    releaseFailure,
    starts,
    removals,
    own: chosen(lab),
    changes,
    secrets: [
      ...trial.secrets,
      ...[watched, lost].flatMap((each) => (each === null ? [] : secretsOf(each.deploy, lab))),
    ],
    outputs: [...trial.outputs, ...(watched === null ? [] : outputsOf(watched)), ...(lost?.outputs ?? [])],
    away: lost?.services ?? null,
  });
}

const everywhere = new Set(['HOME', 'LANG', 'PATH']);

/** Settings of npm are the builder's, and say nothing of the app. */
const isDeclared = (name: string): boolean => !everywhere.has(name) && !name.startsWith('npm_config_');

async function release({ lab, deploy, secrets, outputs }: Trial): Promise<FailedStart | null> {
  const command = lab.app.release;
  if (command === null) return null;
  const { ending, output } = await deploy.run(command);
  outputs.push({ process: 'release', lines: output });
  if (ending.code === 0) return null;
  const lines = lastLines(output, secrets);
  return { process: 'release', atMs: ending.atMs, why: endedWith(ending, output, secrets), lastLines: lines };
}

interface Begun {
  readonly instance: Instance;
  readonly fact: StartFact;
  readonly tookMs: number;
}

async function startAll({ lab, deploy, secrets, outputs }: Trial): Promise<readonly Begun[]> {
  const started = await Promise.all(Object.keys(lab.app.processTypes).map((type) => deploy.start(type)));
  return Promise.all(
    started.map(async (instance): Promise<Begun> => {
      const readiness = await instance.ready;
      const atMs = lab.now();
      outputs.push({ process: instance.name, lines: instance.output() });
      const process = instance.name;
      if (readiness.ready)
        return { instance, fact: { process, atMs, failure: null }, tookMs: readiness.tookMs };
      const lines = lastLines(instance.output(), secrets);
      const ending = await endingSoFar(instance);
      // What ends well misses no variable.
      if (ending?.code === 0) return { instance, fact: { process, atMs, failure: null }, tookMs: 0 };
      const why =
        ending === null ? masked(readiness.why, secrets) : endedWith(ending, instance.output(), secrets);
      const failure: FailedStart = { process, atMs, why, lastLines: lines };
      return { instance, fact: { process, atMs, failure }, tookMs: 0 };
    }),
  );
}

/** What nothing has a value for that stands in the tree. */
function required({ lab, deploy }: Trial): readonly string[] {
  const declared = Object.entries(lab.app.appJson?.env ?? {})
    .filter(([, { generated, required: needed }]) => generated || needed)
    .map(([name]) => name);
  return [...new Set([...deploy.services.map(({ variable }) => variable), ...declared])];
}

/** Variables of the app's own whose value somebody chooses. */
function chosen({ app }: Lab): readonly string[] {
  const declared = Object.entries(app.appJson?.env ?? {});
  return declared.filter(([, { generated }]) => !generated).map(([name]) => name);
}

/** An error is an occasion to print what should not be. */
async function failOnce({ lab, outputs }: Trial, web: Instance): Promise<void> {
  const { fail } = lab.subject.scenario.requests;
  if (fail === null) return;
  const before = web.output().length;
  await web.send({ request: fail, token: lab.token(), timeoutMs: answerMs });
  await lab.pause(lastWordsMs);
  outputs.push({ process: web.name, lines: web.output().slice(before) });
}

/** Null where it cannot be observed: what the other processes printed is judged without. */
async function orNull<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Unobservable) return null;
    throw error;
  }
}

function outputsOf({ instances, release: ran }: Watched): readonly PrintedOutput[] {
  return [
    { process: 'release', lines: ran?.output ?? [] },
    ...instances.map(({ instance }) => ({ process: instance.name, lines: instance.output() })),
  ];
}
