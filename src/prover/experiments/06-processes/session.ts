/** A visitor with a cookie: who is met by one process, and asked about at others. */
import type { Asked } from '../../../factors/06-processes/probe-asked.ts';
import type { SessionRun } from '../../../factors/06-processes/probe-session.ts';
import { cookiesSetBy } from '../../lab/cookies.ts';
import type { Visitor } from '../../lab/http.ts';
import type { Instance, Lab } from '../../lab/lab.ts';
import { keepFrom, newVisitor } from '../../lab/visitor.ts';
import type { SessionScenario } from '../../scenario/scenario.ts';
import { openTree } from '../../tree/app-tree.ts';
import { objectOf, readJson } from '../../tree/json-file.ts';
import { type Answered, ask } from '../asked.ts';
import { sessionPackagesOf } from './session-packages.ts';

type Run = SessionRun & { readonly kind: 'run' };

export interface Visit {
  readonly run: Run;
  /** Sends `check` as the visitor. */
  readonly asVisitor: (instance: Instance) => Promise<Asked>;
}

interface Beginning {
  readonly session: SessionScenario;
  readonly one: Instance;
  readonly two: Instance;
}

export async function beginSession(lab: Lab, { session, one, two }: Beginning): Promise<Visit> {
  const common = { token: lab.memberToken, signal: lab.signal };
  if (session.signUp !== null) await one.send({ request: session.signUp, visitor: newVisitor(), ...common });
  const visitor = newVisitor();
  const { asked, answer } = await ask(one, { request: session.begin, visitor, ...common });
  const kept = asked.asExpected && keepFrom(answer, session.keeps, visitor) === null;
  const begin: Asked = { ...asked, asExpected: kept };
  const cookies = [...visitor.cookies.keys(), ...Object.keys(visitor.kept)];
  const check = async (instance: Instance, as: Visitor): Promise<Asked> =>
    (await ask(instance, { request: session.check, visitor: as, ...common })).asked;
  const asVisitor = (instance: Instance): Promise<Asked> => check(instance, visitor);

  const begun = kept && cookies.length > 0;
  const stranger = begun ? await check(one, newVisitor()) : null;
  const own = stranger?.asExpected === false ? await asVisitor(one) : null;
  const other = own?.asExpected === true ? await asVisitor(two) : null;
  return { run: { kind: 'run', begin, cookies, stranger, own, other, restarted: null }, asVisitor };
}

/** @param next a process that is newer than the session; null: none came up */
export async function endSession({ run, asVisitor }: Visit, next: Instance | null): Promise<SessionRun> {
  if (next === null || run.own?.asExpected !== true) return run;
  return { ...run, restarted: await asVisitor(next) };
}

export function withoutSession(lab: Lab, answers: readonly Answered[]): SessionRun {
  return {
    kind: 'untold',
    packages: sessionPackages(lab),
    requests: [...new Set(answers.map(({ asked }) => asked.request))],
    cookies: answers.flatMap(({ asked: { process, atMs, request }, answer }) =>
      [...cookiesSetBy(answer).keys()].map((name) => ({ process, atMs, request, name })),
    ),
  };
}

function sessionPackages({ subject, signal }: Lab): readonly string[] {
  const manifest = readJson(openTree(subject.tree, signal), 'package.json');
  const names = Object.keys(objectOf(objectOf(manifest?.value).dependencies));
  return sessionPackagesOf(names);
}
