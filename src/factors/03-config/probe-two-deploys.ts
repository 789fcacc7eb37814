/** Whether one build can be deployed twice, each deploy with values of its own. */
import { broken, type Evidence, holds, type Probe, some, unproven } from '../law.ts';

/** Two deploys of one build, up at the same time. */
export interface TwoDeployFacts {
  readonly deploys: readonly [DeployFact, DeployFact];
  /** Names of variables whose values differ between them. */
  readonly differing: readonly string[];
  /** Variables that name services. */
  readonly services: readonly string[];
  /** Null: the scenario does not say how something is written and read. */
  readonly exchange: readonly ExchangeFact[] | null;
}

export interface DeployFact {
  /** `web.1 of deploy A` */
  readonly process: string;
  readonly atMs: number;
  /** Why it is not up; null when it answered. */
  readonly failure: string | null;
}

/** Written in one deploy, then looked for in both. */
export interface ExchangeFact {
  readonly writer: string;
  readonly other: string;
  readonly wroteAtMs: number;
  /** Null: it was written. */
  readonly writeFailure: string | null;
  readonly readAtMs: number;
  readonly seenInOwn: boolean;
  readonly otherAtMs: number;
  readonly seenInOther: boolean;
  /** Null: the other deploy answered. */
  readonly otherFailure: string | null;
}

export const servesTwoDeploys: Probe<TwoDeployFacts> = {
  id: 'config/serves-two-deploys-from-one-build',
  statement: 'Serves two deploys of one build at once, each by its own config',
  method: 'run',
  why: 'What tells deploys apart is config alone: a build that holds part of it cannot be staged and then promoted.',
  source: 'https://12factor.net/config',
  how: 'Two deploys with services and variables of their own run from one build. What is written in one must be read there, and not in the other.',
  blind:
    'What is shared by a way that the walls between instances close, such as files outside of the app, is not seen.',
  mend: 'Take everything that a deploy does not share with another from variables',
  fixes: {
    javascript: 'const database = connect(process.env.DATABASE_URL);',
    python: "database = connect(os.environ['DATABASE_URL'])",
    ruby: "database = Sequel.connect(ENV.fetch('DATABASE_URL'))",
  },
  judge: (facts) => {
    const { deploys, services, differing, exchange } = facts;
    const down = deploys.filter(({ failure }) => failure !== null);
    const [first] = down;
    if (down.length === 2) return unproven(`Web does not start: ${first?.failure}`);
    if (first !== undefined) {
      const evidence = deploys.map(deployEvent);
      if (some(evidence))
        return broken(`${first.process} does not start beside another deploy: ${first.failure}`, evidence);
    }
    if (exchange === null) return withoutExchange(facts);
    const mixed = exchange.filter(({ seenInOther }) => seenInOther);
    const evidence = exchange.flatMap(exchangeEvents).sort((a, b) => timeOf(a) - timeOf(b));
    const [leak] = mixed;
    if (leak !== undefined && some(evidence))
      return broken(`What was written in ${leak.writer} is seen in ${leak.other}`, evidence);
    const failed = exchange.find(
      ({ writeFailure, seenInOwn, otherFailure }) =>
        writeFailure !== null || !seenInOwn || otherFailure !== null,
    );
    if (failed !== undefined) {
      const differs =
        differing.length === 0 ? '' : `; deploy A and deploy B differ in ${differing.join(', ')}`;
      return unproven(`${whyFailed(failed)}${differs}`);
    }
    const by = services.length === 0 ? '' : `, each with ${services.join(', ')} of its own`;
    return holds(
      `Two deploys of one build answered at once${by}, and neither saw what the other wrote`,
      evidence,
    );
  },
};

export const probes = [servesTwoDeploys];

const proveLines =
  'requests:\n  write: { request: POST /entries, form: { message: "{token}" } }\n  read: { request: GET /entries, matches: "{token}" }';

/** An app that declares no service has nothing that its deploys could share by config. */
function withoutExchange({ deploys, services, differing }: TwoDeployFacts): ReturnType<typeof holds> {
  if (services.length > 0) {
    return unproven(
      `Both deploys answered; whether they share ${services.join(', ')} shows only a request that writes and one that reads`,
      proveLines,
    );
  }
  const differ = differing.length === 0 ? '' : `, with ${differing.join(', ')} of their own`;
  return holds(
    `Two deploys of one build answered at once${differ}; the app declares no service that they could share`,
    deploys.map(deployEvent),
  );
}

function whyFailed({ writer, other, writeFailure, otherFailure }: ExchangeFact): string {
  if (writeFailure !== null) return `Nothing could be written in ${writer}: ${writeFailure}`;
  if (otherFailure !== null)
    return `${other} did not answer whether it sees what was written: ${otherFailure}`;
  return `What was written in ${writer} could not be read there`;
}

function deployEvent({ process, atMs, failure }: DeployFact): Evidence {
  return event(process, atMs, failure === null ? 'answered' : `does not start: ${failure}`);
}

function exchangeEvents(fact: ExchangeFact): readonly Evidence[] {
  const { writer, other, wroteAtMs, writeFailure, readAtMs, seenInOwn, otherAtMs, seenInOther } = fact;
  return [
    event(writer, wroteAtMs, writeFailure === null ? 'took what was written' : `did not: ${writeFailure}`),
    event(writer, readAtMs, seenInOwn ? 'shows it' : 'does not show it'),
    event(other, otherAtMs, seenInOther ? 'shows it too' : 'does not show it'),
  ];
}

function timeOf(evidence: Evidence): number {
  return evidence.kind === 'event' ? evidence.atMs : 0;
}

function event(process: string, atMs: number, what: string): Evidence {
  return { kind: 'event', process, atMs, what };
}
