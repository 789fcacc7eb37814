/** A deploy of the app as it was built: variables, services, a release phase, and processes. */
import { randomBytes } from 'node:crypto';
import type { ChamberJob } from '../chamber/job.ts';
import type { HttpRequest } from '../scenario/scenario.ts';
import type { DeclaredService } from '../subject.ts';
import { Unobservable } from '../unobservable.ts';
import { type Started, startInstance } from './instance.ts';
import type { Deploy, DeployOptions, Instance, OneOff, StartOptions } from './lab.ts';
import type { MemoryWatch } from './memory-watch.ts';
import { tellingLine } from './output.ts';
import type { Patience } from './patience.ts';
import type { Scratch } from './scratch.ts';
import type { Servers } from './servers.ts';
import type { Service } from './service.ts';
import { rootRequest } from './watched.ts';

export interface DeployHost {
  readonly job: ChamberJob;
  readonly now: () => number;
  readonly scratch: Scratch;
  readonly servers: Servers;
  readonly freePort: () => Promise<number>;
  /** Once it is aborted nothing more is started, and a release phase that goes on is ended. */
  readonly signal: AbortSignal;
  readonly patience: Patience;
  /** For `{token}` where a session begins: one visitor for all deploys, so that what they share shows. */
  readonly memberToken: string;
  readonly memory: MemoryWatch;
}

/** A one-off may take this long. */
const oneOffLimitMs = 60_000;
const defaultGraceMs = 30_000;
let instances = 0;

/** @throws Unobservable */
export async function openDeploy(host: DeployHost, options: DeployOptions): Promise<Deploy> {
  const { job, servers } = host;
  const { bwrap } = job.programs;
  if (bwrap === null) throw new Unobservable('bubblewrap is missing', 'apt-get install bubblewrap');
  const own = options.ownServers === true;
  const declared = job.app.appJson?.services ?? [];
  const services = await provideAll(declared, (each) => servers.provide(each, { own }));
  const provided = new Set(services.map(({ variable }) => variable));
  const variables = variablesOf(job, { services, env: options.env ?? {} });
  const started = new Set<Started>();
  let stopped = false;
  const counts = new Map<string, number>();

  const begin = async (
    { type, command }: { readonly type: string; readonly command: string },
    given: StartOptions = {},
  ): Promise<Started> => {
    const number = (counts.get(type) ?? 0) + 1;
    counts.set(type, number);
    const port = given.port ?? (await host.freePort());
    host.signal.throwIfAborted();
    if (stopped) throw new Unobservable('the deploy is stopped');
    instances += 1;
    const name = `${type}.${number}`;
    const instance = startInstance({
      name,
      type,
      command,
      port,
      variables: changed({ ...variables, PORT: String(port) }, given.env ?? {}),
      readOnly: given.readOnly === true,
      bwrap,
      strace: straceFor(job, given),
      user: job.user,
      runtimes: job.app.runtimes,
      layer: host.scratch.open(`${name}-${instances}`, `${job.app.root}/app`),
      health: healthOf(job, type),
      session: job.subject.scenario.session,
      memberToken: host.memberToken,
      startMs: host.patience.of(type),
      graceMs: graceOf(job, type),
      now: host.now,
      epoch: () => job.beganAt,
      memory: host.memory,
    });
    void instance.ready.then(
      (readiness) => host.patience.learn(type, readiness),
      () => undefined,
    );
    started.add(instance);
    return instance;
  };

  const deploy: Deploy = {
    variables,
    services,
    unprovided: declared.map(({ variable }) => variable).filter((variable) => !provided.has(variable)),
    service: (kind) => services.find((service) => service.kind === kind) ?? null,
    start: (type, given) => begin({ type, command: commandOf(job, type) }, given),
    up: async (type, given) => upOrThrow(await begin({ type, command: commandOf(job, type) }, given)),
    run: async (command, given) => runOnce(await begin({ type: 'run', command }, given), host.signal),
    release: (given) => release(deploy, job, given),
    stop: async () => {
      stopped = true;
      await Promise.all([...started].map((instance) => instance.discard()));
      await Promise.all(services.map((service) => service.stop()));
    },
  };
  try {
    if (options.release !== false) await deploy.release();
  } catch (error) {
    await deploy.stop();
    throw error;
  }
  return deploy;
}

async function release(
  deploy: Deploy,
  { app }: ChamberJob,
  given: StartOptions = {},
): Promise<OneOff | null> {
  if (app.release === null) return null;
  const run = await deploy.run(app.release, given);
  const { ending, output } = run;
  if (ending.code === 0) return run;
  const last = tellingLine(output);
  throw new Unobservable(
    `the release phase ended with ${ending.signal ?? `code ${ending.code}`}: ${last.slice(0, 300)}`,
  );
}

async function upOrThrow(instance: Instance): Promise<Instance> {
  const readiness = await instance.ready;
  if (readiness.ready) return instance;
  throw new Unobservable(`${instance.type} does not start: ${readiness.why}`);
}

async function runOnce(instance: Started, signal: AbortSignal): Promise<OneOff> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(oneOffLimitMs)]);
  const kill = (): void => void instance.kill();
  if (limit.aborted) kill();
  limit.addEventListener('abort', kill, { once: true });
  const ending = await instance.ended;
  limit.removeEventListener('abort', kill);
  return { ending, output: instance.output(), written: instance.written(), trace: instance.trace() };
}

/** All or none: those that came up are stopped when another does not. */
async function provideAll(
  declared: readonly DeclaredService[],
  provide: (declared: DeclaredService) => Promise<Service | null>,
): Promise<readonly Service[]> {
  const tried = await Promise.allSettled(declared.map(provide));
  const up = tried.flatMap((each) => (each.status === 'fulfilled' ? (each.value ?? []) : []));
  const failed = tried.find((each) => each.status === 'rejected');
  if (failed === undefined) return up;
  await Promise.all(up.map((service) => service.stop()));
  throw failed.reason;
}

function straceFor({ programs }: ChamberJob, { trace }: StartOptions): string | null {
  if (trace !== true) return null;
  if (programs.strace === null) throw new Unobservable('strace is missing', 'apt-get install strace');
  return programs.strace;
}

function commandOf({ app }: ChamberJob, type: string): string {
  const command = app.processTypes[type];
  if (command !== undefined) return command;
  throw new Unobservable(
    `the app has no process type ${JSON.stringify(type)}`,
    `In the Procfile: ${type}: COMMAND`,
  );
}

function graceOf({ app }: ChamberJob, type: string): number {
  const seconds = app.appJson?.grace[type];
  return seconds === undefined ? defaultGraceMs : seconds * 1000;
}

function healthOf({ app, subject }: ChamberJob, type: string): HttpRequest {
  const path = app.appJson?.health[type];
  const cheap = subject.scenario.requests.cheap;
  if (path === undefined && cheap !== null)
    return { ...cheap, status: null, matches: null, takes: [], signedIn: false };
  return { ...rootRequest, path: path ?? '/' };
}

interface Given {
  readonly services: readonly Service[];
  readonly env: Readonly<Record<string, string | null>>;
}

/** The builder's, the declared, the scenario's, the secret, the services', the experiment's: the later wins. */
function variablesOf(
  { app, subject, secrets }: ChamberJob,
  { services, env }: Given,
): Record<string, string> {
  const declared = Object.entries(app.appJson?.env ?? {});
  const values = Object.fromEntries(
    declared.flatMap(([name, { value, generated }]) => {
      if (value !== null) return [[name, value]];
      return generated ? [[name, randomBytes(32).toString('hex')]] : [];
    }),
  );
  const given = {
    HOME: '/app',
    LANG: 'C.UTF-8',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    ...app.environment,
    ...values,
    ...subject.scenario.env,
    ...secrets,
    ...Object.fromEntries(services.map(({ variable, url }) => [variable, url])),
  };
  for (const [name, { required }] of declared)
    if (required && !(name in given) && !(name in env))
      throw new Unobservable(
        `app.json declares ${name} as required and nothing gives it a value`,
        `env:\n  ${name}: a value for the check`,
      );
  return changed(given, env);
}

function changed(
  variables: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | null>>,
): Record<string, string> {
  const all = Object.entries({ ...variables, ...changes });
  return Object.fromEntries(all.filter((pair): pair is [string, string] => pair[1] !== null));
}
