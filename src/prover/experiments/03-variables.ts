/** One deploy: every process type with all variables, with each required one taken away, and with those changed that the scenario knows. */

import {
  masked,
  type PrintedFacts,
  type PrintedOutput,
  type SecretText,
} from '../../factors/03-config/probe-secrets.ts';
import type {
  AnswerFact,
  ChangeFact,
  FailedStart,
  RemovalFact,
  RunWithout,
  StartFact,
  VariableFacts,
} from '../../factors/03-config/probe-variable-facts.ts';
import { type Observation, seen } from '../../factors/law.ts';
import type { Answer } from '../lab/http.ts';
import type { Deploy, Ending, Instance, Lab, Watched } from '../lab/lab.ts';
import { lastWords, type OutputLine, tellingLine } from '../lab/output.ts';
import { rootRequest } from '../lab/watched.ts';
import { matchesPattern } from '../scenario/pattern.ts';
import type { HttpRequest } from '../scenario/scenario.ts';
import { Unobservable } from '../unobservable.ts';
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

interface Trial {
  readonly lab: Lab;
  readonly deploy: Deploy;
  readonly secrets: readonly SecretText[];
  /** Of every process, filled as they are seen. */
  readonly outputs: PrintedOutput[];
  /** How long the slowest type took to become ready with all variables. */
  readonly normalMs: number;
}

/** Processes of one round, at the most: the machine may have two cores. */
const groupSize = 2;
/** A process that waits for what is missing may do so for ever. */
const leastWaitMs = 5_000;
const timesNormal = 5;
const lastLinesKept = 12;
const settleMs = 2_000;
const lastWordsMs = 200;
const answerMs = 5_000;
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

async function takeAway(trial: Trial, variable: string): Promise<RemovalFact> {
  const types = Object.keys(trial.lab.app.processTypes);
  return { variable, runs: await Promise.all(types.map((type) => runWithout(trial, { type, variable }))) };
}

async function runWithout(
  trial: Trial,
  { type, variable }: { readonly type: string; readonly variable: string },
): Promise<RunWithout> {
  const { lab, deploy, secrets, outputs } = trial;
  const instance = await deploy.start(type, { env: { [variable]: null } });
  const names = namer(variable);
  const did = await watchWithout(trial, instance, names);
  const naming = instance.output().find(({ text }) => names(text))?.text ?? null;
  const lines = instance.output();
  const lastLine = lines.length === 0 ? null : tellingLine(lines);
  outputs.push({ process: `${instance.name} without ${variable}`, lines: [...lines] });
  await instance.kill();
  const shown = (text: string | null): string | null =>
    text === null ? null : shorten(masked(text, secrets));
  return {
    process: instance.name,
    atMs: lab.now(),
    endedWell: false,
    ...did,
    naming: shown(naming),
    lastLine: shown(lastLine),
  };
}

type Deed = Pick<RunWithout, 'did' | 'what'> & Partial<Pick<RunWithout, 'atMs' | 'endedWell'>>;
type Names = (line: string) => boolean;

async function watchWithout(trial: Trial, instance: Instance, names: Names): Promise<Deed> {
  const { lab, normalMs } = trial;
  const patience = Math.min(lab.subject.scenario.startMs, leastWaitMs + timesNormal * normalMs);
  const late = lab.pause(patience).then(() => null);
  const readiness = await Promise.race([instance.ready, late]);
  if (readiness === null)
    return { did: 'waits', what: `was not ready after ${Math.round(patience / 1000)} s` };
  if (!readiness.ready) return endOf(instance, readiness.why);
  return instance.type === 'web' ? asked(trial, instance, names) : lived(trial, instance, names);
}

async function endOf(instance: Instance, why: string): Promise<Deed> {
  const ending = await endingSoFar(instance);
  if (ending === null) return { did: 'waits', what: why };
  const { code, atMs } = ending;
  return { did: 'ended', what: `ended with ${howOf(ending)}`, atMs, endedWell: code === 0 };
}

async function lived({ lab }: Trial, instance: Instance, names: Names): Promise<Deed> {
  await instance.line(names, settleMs);
  // Who prints the name is often about to end.
  await Promise.race([instance.ended, lab.pause(lastWordsMs)]);
  const end = await endOf(instance, '');
  return end.did === 'ended' ? end : { did: 'lives', what: 'went on running' };
}

async function asked({ lab }: Trial, web: Instance, names: Names): Promise<Deed> {
  const { cheap, write, read } = lab.subject.scenario.requests;
  const token = lab.token();
  const requests = [cheap ?? rootRequest, ...(write === null || read === null ? [] : [write, read])];
  const failed: string[] = [];
  for (const request of requests) {
    const answer = await web.send({ request, token, timeoutMs: answerMs });
    if (!answer.asExpected) failed.push(`${titleOf(request)} with ${answerOf(answer)}`);
  }
  if (failed.length === 0)
    return { did: 'serves', what: `answers ${requests.map(titleOf).join(', ')} as if nothing was missing` };
  // It may name the variable in what it logs of the failure.
  await web.line(names, settleMs);
  return { did: 'fails', what: `answers ${failed.join(', ')}` };
}

async function changeAll(trial: Trial, web: Instance): Promise<readonly ChangeFact[]> {
  const { config } = trial.lab.subject.scenario;
  return inGroups(config, async ({ variable, value, request, line }): Promise<ChangeFact> => {
    const { lab, deploy } = trial;
    const token = lab.token();
    const changed = await deploy.start('web', { env: { [variable]: value.replaceAll('{token}', token) } });
    const readiness = await changed.ready;
    const [withValue, without] = await Promise.all([
      readiness.ready ? ask(changed, { request, token, line }) : silent(trial, changed, readiness.why),
      ask(web, { request, token, line }),
    ]);
    trial.outputs.push({ process: changed.name, lines: [...changed.output()] });
    await changed.kill();
    const shownBy = line === null ? 'answer' : 'line';
    return { variable, request: titleOf(request), shownBy, withValue, without };
  });
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

async function ask(
  web: Instance,
  {
    request,
    token,
    line,
  }: { readonly request: HttpRequest; readonly token: string; readonly line: string | null },
): Promise<AnswerFact> {
  const answer = await web.send({ request, token });
  const logged =
    line === null || (await web.line((text) => matchesPattern(line, token, text), settleMs)) !== null;
  return {
    process: web.name,
    atMs: answer.atMs,
    sent: answer.sent,
    answer: answerOf(answer),
    answered: answer.status !== null && answer.status < 500,
    matches: answer.asExpected && logged,
  };
}

function silent({ lab, secrets }: Trial, { name }: Instance, why: string): AnswerFact {
  return {
    process: name,
    atMs: lab.now(),
    sent: true,
    answer: masked(why, secrets),
    answered: false,
    matches: false,
  };
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

async function inGroups<T, R>(list: readonly T[], work: (each: T) => Promise<R>): Promise<readonly R[]> {
  const done: R[] = [];
  for (let at = 0; at < list.length; at += groupSize)
    done.push(...(await Promise.all(list.slice(at, at + groupSize).map(work))));
  return done;
}

/** Whether a line has the name as a word of its own. */
function namer(variable: string): Names {
  const word = new RegExp(`(?<![A-Za-z0-9_])${variable}(?![A-Za-z0-9_])`);
  return (line) => word.test(line);
}

function lastLines(output: readonly OutputLine[], secrets: readonly SecretText[]): readonly string[] {
  return lastWords(output, lastLinesKept).map(({ text }) => shorten(masked(text, secrets)));
}

function endedWith(ending: Ending, output: readonly OutputLine[], secrets: readonly SecretText[]): string {
  const telling = output.length === 0 ? 'it printed nothing' : tellingLine(output);
  return `it ended with ${howOf(ending)}: ${shorten(masked(telling, secrets))}`;
}

const howOf = ({ signal, code }: Ending): string => signal ?? `code ${code}`;

const shorten = (text: string): string => text.slice(0, 300);

const titleOf = ({ method, path }: HttpRequest): string => `${method} ${path}`;

const answerOf = ({ status, failure }: Answer): string => failure ?? String(status);
