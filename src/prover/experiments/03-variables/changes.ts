/** What answers and lines show of a variable that has another value. */
import { masked } from '../../../factors/03-config/probe-secrets.ts';
import type { AnswerFact, ChangeFact } from '../../../factors/03-config/probe-variable-facts.ts';
import type { Instance } from '../../lab/lab.ts';
import { matchesPattern } from '../../scenario/pattern.ts';
import type { HttpRequest } from '../../scenario/scenario.ts';
import { answerOf, inGroups, settleMs, type Trial, titleOf } from './trial.ts';

export async function changeAll(trial: Trial, web: Instance): Promise<readonly ChangeFact[]> {
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
