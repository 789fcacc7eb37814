/** Two deploys of one build, up at once: each is written to, and both are read. */
import type { DeployFact, ExchangeFact, TwoDeployFacts } from '../../factors/03-config/probe-two-deploys.ts';
import { nothingToSee, type Observation, seen } from '../../factors/law.ts';
import type { Answer } from '../lab/http.ts';
import type { Deploy, Instance, Lab } from '../lab/lab.ts';
import type { HttpRequest } from '../scenario/scenario.ts';

interface Side {
  readonly deploy: Deploy;
  readonly web: Instance;
  readonly fact: DeployFact;
}

export async function twoDeploys(lab: Lab): Promise<Observation<TwoDeployFacts>> {
  if (lab.app.processTypes.web === undefined) return nothingToSee('The app has no web process');
  const [a, b] = await Promise.all([side(lab, 'A', {}), side(lab, 'B', changes(lab))]);
  const names = Object.keys({ ...a.deploy.variables, ...b.deploy.variables });
  const up = a.fact.failure === null && b.fact.failure === null;
  return seen({
    deploys: [a.fact, b.fact],
    differing: names.filter((name) => a.deploy.variables[name] !== b.deploy.variables[name]),
    services: a.deploy.services.map(({ variable }) => variable),
    exchange: up ? await exchanges(lab, [a, b]) : null,
  });
}

/** What the scenario knows to be seen, so that the two differ in it. */
function changes(lab: Lab): Readonly<Record<string, string>> {
  const token = lab.token();
  return Object.fromEntries(
    lab.subject.scenario.config.map(({ variable, value }) => [variable, value.replaceAll('{token}', token)]),
  );
}

async function side(lab: Lab, name: string, env: Readonly<Record<string, string>>): Promise<Side> {
  const deploy = await lab.deploy({ env });
  const web = await deploy.start('web');
  const readiness = await web.ready;
  const failure = readiness.ready ? null : readiness.why;
  return { deploy, web, fact: { process: `${web.name} of deploy ${name}`, atMs: lab.now(), failure } };
}

async function exchanges(lab: Lab, [a, b]: readonly [Side, Side]): Promise<readonly ExchangeFact[] | null> {
  const { write, read } = lab.subject.scenario.requests;
  if (write === null || read === null) return null;
  const pairs = [
    { own: a, other: b },
    { own: b, other: a },
  ];
  return Promise.all(pairs.map((pair) => exchange(lab, { ...pair, write, read })));
}

interface Exchanging {
  readonly own: Side;
  readonly other: Side;
  readonly write: HttpRequest;
  readonly read: HttpRequest;
}

async function exchange(lab: Lab, { own, other, write, read }: Exchanging): Promise<ExchangeFact> {
  const token = lab.token();
  const wrote = await own.web.send({ request: write, token });
  const shown = await own.web.send({ request: read, token });
  const elsewhere = await lookTwice(lab, other.web, { request: read, token });
  return {
    writer: own.fact.process,
    other: other.fact.process,
    wroteAtMs: wrote.atMs,
    writeFailure: wrote.asExpected ? null : answerOf(wrote),
    readAtMs: shown.atMs,
    seenInOwn: shown.asExpected,
    otherAtMs: elsewhere.atMs,
    seenInOther: elsewhere.asExpected,
    otherFailure: elsewhere.status === null || elsewhere.status >= 500 ? answerOf(elsewhere) : null,
  };
}

const onTheWayMs = 250;

/** What deploys tell each other may take a moment. */
async function lookTwice(
  lab: Lab,
  web: Instance,
  sending: { readonly request: HttpRequest; readonly token: string },
): Promise<Answer> {
  const answer = await web.send(sending);
  if (answer.asExpected) return answer;
  await lab.pause(onTheWayMs);
  return web.send(sending);
}

const answerOf = ({ status, failure }: Answer): string => failure ?? `it was answered ${status}`;
