/** Admin processes: the release phase and the scenario's commands, run as one-offs, and run again. */
import {
  type AdminCommand,
  type AdminFacts,
  type AnswerAround,
  type CommandEnd,
  canBeRunTwice,
  runsInTheSameRelease,
} from '../../factors/12-admin-processes/probe-run.ts';
import { type Observation, seen } from '../../factors/law.ts';
import { runExperiment } from '../experiment.ts';
import type { Answer } from '../lab/http.ts';
import type { Deploy, Instance, Lab } from '../lab/lab.ts';
import { lastWords } from '../lab/output.ts';
import { rootRequest } from '../lab/watched.ts';
import type { HttpRequest } from '../scenario/scenario.ts';

export const experiments = [
  runExperiment<AdminFacts>({
    factor: 'admin-processes',
    name: 'admin commands, twice each',
    probes: [runsInTheSameRelease, canBeRunTwice],
    collect,
  }),
];

async function collect(lab: Lab): Promise<Observation<AdminFacts>> {
  const { release } = lab.app;
  const listed = [...new Set(lab.subject.scenario.admin)].filter((command) => command !== release);
  const known = new Set([release, ...listed]);
  const scheduled = (lab.app.appJson?.schedule ?? []).map(({ command }) => command);
  const unlisted = [...new Set(scheduled)].filter((command) => !known.has(command));
  if (release === null && listed.length === 0) return seen({ commands: [], unlisted, answers: [] });

  const deploy = await lab.deploy({ release: false });
  const runOnce = oneOffsOf(deploy);
  const first = release === null ? null : await runOnce(release);
  if (release !== null && first !== null && first.failure !== null)
    return seen({ commands: [{ command: release, runs: [first] }], unlisted, answers: [] });
  const visit = await visitWeb(lab, deploy);
  const commands: AdminCommand[] = [];
  if (release !== null && first !== null)
    commands.push({ command: release, runs: [first, await runOnce(release)] });
  for (const command of listed) commands.push({ command, runs: await runTwice(command, runOnce) });
  return seen({ commands, unlisted, answers: await visit.again() });
}

type RunOnce = (command: string) => Promise<CommandEnd>;

const lastLinesShown = 10;

/** Named as the deploy names them. */
function oneOffsOf(deploy: Deploy): RunOnce {
  let count = 0;
  return async (command) => {
    count += 1;
    const process = `run.${count}`;
    const { ending, output } = await deploy.run(command);
    return {
      process,
      failure: ending.code === 0 ? null : (ending.signal ?? `code ${ending.code}`),
      lastLines: lastWords(output, lastLinesShown).map(({ text }) => text.slice(0, 500)),
      atMs: ending.atMs,
    };
  };
}

/** What does not run once is not run again. */
async function runTwice(command: string, runOnce: RunOnce): Promise<readonly CommandEnd[]> {
  const first = await runOnce(command);
  return first.failure === null ? [first, await runOnce(command)] : [first];
}

interface Visit {
  /** The same requests again, but for the one that writes. */
  again(): Promise<readonly AnswerAround[]>;
}

/** Writes what is to be found again. An app that does not serve has no answers. */
async function visitWeb(lab: Lab, deploy: Deploy): Promise<Visit> {
  const none: Visit = { again: async () => [] };
  if (lab.app.processTypes.web === undefined) return none;
  const web = await deploy.start('web');
  if (!(await web.ready).ready) return none;
  const { cheap, write, read } = lab.subject.scenario.requests;
  const token = lab.token();
  const ask = (request: HttpRequest): Promise<Answer> => web.send({ request, token, signal: lab.signal });
  if (write !== null) await ask(write);
  const before: { request: HttpRequest; answer: Answer }[] = [];
  for (const request of [cheap ?? rootRequest, ...(read === null ? [] : [read])])
    before.push({ request, answer: await ask(request) });
  return {
    again: () =>
      Promise.all(
        before.map(async ({ request, answer }) =>
          around(web, { request, before: answer, after: await ask(request) }),
        ),
      ),
  };
}

function around(
  web: Instance,
  {
    request,
    before,
    after,
  }: { readonly request: HttpRequest; readonly before: Answer; readonly after: Answer },
): AnswerAround {
  const answered = after.asExpected
    ? `answered ${after.status}`
    : `answered ${after.status} and not what was expected`;
  return {
    process: web.name,
    request: `${request.method} ${request.path}`,
    rightBefore: before.asExpected,
    rightAfter: after.asExpected,
    result: after.failure === null ? answered : `gave no answer (${after.failure})`,
    atMs: after.atMs,
  };
}
