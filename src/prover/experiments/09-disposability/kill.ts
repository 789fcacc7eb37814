/** SIGKILL of web in the middle of writes, and what is read from the next one. */
import { type KillFacts, killProbes, type WriteFact } from '../../../factors/09-disposability/probe-kill.ts';
import { nothingToSee, type Observation, seen } from '../../../factors/law.ts';
import { runExperiment } from '../../experiment.ts';
import type { Instance, Lab } from '../../lab/lab.ts';
import type { HttpRequest } from '../../scenario/scenario.ts';

export const kill = runExperiment<KillFacts>({
  factor: 'disposability',
  name: 'SIGKILL under writes',
  probes: killProbes,
  collect,
});

const lanes = 4;
/** A page of a list shows this many. */
const killAfterWrites = 16;
/** Slower writes are fewer. */
const killAfterMs = 1_500;

async function collect(lab: Lab): Promise<Observation<KillFacts>> {
  if (lab.app.processTypes.web === undefined) return nothingToSee('The app has no web process');
  const { write, read } = lab.subject.scenario.requests;
  const deploy = await lab.deploy();
  const web = await deploy.up('web');
  await web.prepareFor([write], lab.signal);
  const sent = write === null || read === null ? null : await writeUntilKilled(web, { request: write, lab });
  if (sent === null) await web.kill();
  const killedAtMs = sent?.killedAtMs ?? lab.now();
  const next = await deploy.start('web');
  const readiness = await next.ready;
  const restartedAtMs = lab.now();
  const restartFailure = readiness.ready ? null : readiness.why;
  if (sent !== null && restartFailure === null) await next.prepareFor([read], lab.signal);
  const writes =
    sent === null || read === null || restartFailure !== null
      ? null
      : await readBack(next, { request: read, writes: sent.writes, lab });
  return seen({ process: web.name, killedAtMs, restartFailure, restartedAtMs, writes });
}

type Sent = Omit<WriteFact, 'shown'>;

interface Killed {
  readonly writes: readonly Sent[];
  readonly killedAtMs: number;
}

/** Each lane sends its next write when the last was answered; all end with the process. */
async function writeUntilKilled(
  web: Instance,
  { request, lab }: { readonly request: HttpRequest; readonly lab: Lab },
): Promise<Killed> {
  const writes: Sent[] = [];
  const limit = lab.now() + killAfterMs;
  let killedAtMs: number | null = null;
  const isEnough = (): boolean => writes.length >= killAfterWrites || lab.now() >= limit;
  const lane = async (): Promise<void> => {
    while (killedAtMs === null) {
      const token = lab.token();
      const answer = await web.send({ request, token, signal: lab.signal });
      writes.push({ token, sentAt: answer.sentAt, acknowledgedAt: answer.asExpected ? answer.atMs : null });
      if (killedAtMs !== null || !isEnough()) continue;
      // The other lanes have a write in flight.
      killedAtMs = lab.now();
      await web.kill();
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { writes, killedAtMs: killedAtMs ?? lab.now() };
}

async function readBack(
  web: Instance,
  {
    request,
    writes,
    lab,
  }: { readonly request: HttpRequest; readonly writes: readonly Sent[]; readonly lab: Lab },
): Promise<readonly WriteFact[]> {
  const namesIt = request.path.includes('{token}');
  const shown = async ({ token }: Sent): Promise<WriteFact['shown']> => {
    const answer = await web.send({ request, token, signal: lab.signal });
    if (answer.asExpected) return 'whole';
    const isPart = !namesIt && answer.status !== null && answer.status < 400 && answer.body.includes(token);
    return isPart ? 'half' : 'absent';
  };
  const facts: WriteFact[] = [];
  for (const write of writes) facts.push({ ...write, shown: await shown(write) });
  return facts;
}
