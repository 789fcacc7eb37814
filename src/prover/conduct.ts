/** Carries out the experiments that run the app, one after the other, each within its time. */
import { masked, type SecretText } from '../factors/03-config/probe-secrets.ts';
import type { Finding } from '../factors/law.ts';
import type { ChamberJob, ChamberMessage } from './chamber/job.ts';
import { type RunExperiment, unprovenAll } from './experiment.ts';
import { secretsOf } from './experiments/deploy-secrets.ts';
import { runExperiments } from './experiments.ts';
import { withoutPorts } from './headline.ts';
import type { OpenLab } from './lab/open-lab.ts';

/** Of one experiment, in milliseconds. */
const experimentLimitMs = 90_000;

interface Conducting {
  readonly job: ChamberJob;
  readonly say: (message: ChamberMessage) => void;
}

export async function conduct(lab: OpenLab, { job, say }: Conducting): Promise<void> {
  const deadline = performance.now() + job.timeoutMs;
  const wanted = runExperiments.filter(({ factor }) => job.factors.includes(factor));
  for (const experiment of wanted) {
    const { factor, name } = experiment;
    const begun = lab.now();
    say({ event: { kind: 'begins', factor, experiment: name, atMs: begun } });
    const left = Math.floor(deadline - performance.now());
    const findings =
      left <= 0
        ? unprovenAll(experiment, 'the time of the check was over before it began')
        : await carryOut(experiment, { lab, limitMs: Math.min(left, experimentLimitMs), say });
    const secrets = lab.deploys().flatMap((deploy) => secretsOf(deploy, job));
    const variableOf = (port: number): string | null => variableOfPort(lab, port);
    const atMs = lab.now();
    say({
      event: {
        kind: 'ends',
        factor,
        experiment: name,
        atMs,
        tookMs: atMs - begun,
        findings: findings
          .map((each) => withoutSecrets(each, secrets))
          .map((each) => ({ ...each, because: withoutPorts(each.because, variableOf) })),
      },
    });
  }
  await lab.close();
}

/** What an app says in one experiment may hold what another has looked for. */
function withoutSecrets(finding: Finding, secrets: readonly SecretText[]): Finding {
  const hide = (text: string): string => masked(text, secrets);
  return {
    ...finding,
    because: hide(finding.because),
    evidence: finding.evidence.map((each) =>
      each.kind === 'source'
        ? each
        : {
            ...each,
            what: hide(each.what),
            ...(each.bytes === undefined ? {} : { bytes: hide(each.bytes) }),
          },
    ),
  };
}

function variableOfPort(lab: OpenLab, port: number): string | null {
  const services = lab.deploys().flatMap((deploy) => deploy.services);
  return services.find((each) => each.port === port)?.variable ?? (lab.gave(port) ? 'PORT' : null);
}

interface Carrying {
  readonly lab: OpenLab;
  readonly limitMs: number;
  readonly say: (message: ChamberMessage) => void;
}

async function carryOut(
  experiment: RunExperiment,
  { lab, limitMs, say }: Carrying,
): Promise<readonly Finding[]> {
  const limit = AbortSignal.timeout(Math.ceil(limitMs));
  const scope = lab.scope(limit);
  try {
    const over = new Promise<never>((_resolve, reject) =>
      limit.addEventListener('abort', () => reject(limit.reason), { once: true }),
    );
    return await Promise.race([experiment.run(scope.lab), over]);
  } catch (error) {
    if (limit.aborted)
      return unprovenAll(experiment, `the experiment was stopped after ${Math.round(limitMs / 1000)} s`);
    const message = error instanceof Error ? error.message : String(error);
    say({ note: `The experiment "${experiment.name}" failed, which is a fault of Dozen's: ${message}` });
    if (process.env.DOZEN_DEBUG === '1') console.error(error);
    return unprovenAll(experiment, `the experiment itself failed: ${message}`);
  } finally {
    await scope.close();
  }
}
