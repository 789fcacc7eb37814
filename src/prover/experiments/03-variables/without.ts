/** What processes do without one of their variables. */
import { masked } from '../../../factors/03-config/probe-secrets.ts';
import type { RemovalFact, RunWithout } from '../../../factors/03-config/probe-variable-facts.ts';
import type { Instance } from '../../lab/lab.ts';
import { tellingLine } from '../../lab/output.ts';
import { rootRequest } from '../../lab/watched.ts';
import { endingSoFar } from '../ending.ts';
import { answerMs, answerOf, howOf, lastWordsMs, settleMs, shorten, type Trial, titleOf } from './trial.ts';

/** A process that waits for what is missing may do so for ever. */
const leastWaitMs = 5_000;
const timesNormal = 5;

export async function takeAway(trial: Trial, variable: string): Promise<RemovalFact> {
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
  const failed: Failed[] = [];
  for (const request of requests) {
    const answer = await web.send({ request, token, timeoutMs: answerMs });
    if (!answer.asExpected)
      failed.push({ request: titleOf(request), sent: answer.sent, how: answerOf(answer) });
  }
  if (failed.length === 0)
    return { did: 'serves', what: `answers ${requests.map(titleOf).join(', ')} as if nothing was missing` };
  // It may name the variable in what it logs of the failure.
  await web.line(names, settleMs);
  return { did: 'fails', what: failuresOf(failed) };
}

interface Failed {
  readonly request: string;
  readonly sent: boolean;
  readonly how: string;
}

/** What fails in one way is told once. */
function failuresOf(failed: readonly Failed[]): string {
  return [...Map.groupBy(failed, ({ how }) => how)]
    .map(([how, each]) => {
      const requests = each.map(({ request }) => request).join(', ');
      return each[0]?.sent === false
        ? `cannot be sent ${requests} (${how})`
        : `answers ${requests} with ${how}`;
    })
    .join(', ');
}

/** Whether a line has the name as a word of its own. */
function namer(variable: string): Names {
  const word = new RegExp(`(?<![A-Za-z0-9_])${variable}(?![A-Za-z0-9_])`);
  return (line) => word.test(line);
}
