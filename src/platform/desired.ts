/** A release as what an engine is to run. Pure: the same release and formation give the same processes. */
import type { Desired, DesiredType, OneOffInput, OneOffSpec, Owner, ProcessSpec } from '../engines/engine.ts';
import type { App } from '../factors/01-codebase/app.ts';
import type { Release } from '../factors/05-build-release-run/release.ts';
import type { SlugManifest } from '../factors/05-build-release-run/slug.ts';
import { defaultDiskLimit } from '../factors/06-processes/writable-layer.ts';
import { listening } from '../factors/07-port-binding/readiness.ts';
import { type Formation, quantityOf } from '../factors/08-concurrency/formation.ts';
import { defaultMemoryLimit } from '../factors/08-concurrency/memory-size.ts';
import type { ProcessSize } from '../factors/08-concurrency/process-size.ts';
import { defaultStopPolicy } from '../factors/09-disposability/stop-policy.ts';
import { type AppJson, emptyAppJson, parseAppJson } from '../factors/app-json.ts';
import { policyOf } from '../factors/process-policy.ts';
import { type ProcessSettings, settledPolicy } from '../factors/process-settings.ts';
import type { Reach } from './reach.ts';

export interface Running {
  readonly app: App;
  readonly release: Pick<Release, 'version'>;
  readonly slug: SlugManifest;
}

/** What the app declared when this slug was built. */
export function declarationOf({ appJson }: SlugManifest): AppJson {
  return appJson === undefined ? emptyAppJson() : parseAppJson(appJson);
}

export function ownerOf(
  { id, name }: { readonly id: string; readonly name: string },
  kind: Owner['kind'],
): Owner {
  return { kind, id, name };
}

export function desiredOf(
  running: Running,
  {
    formation,
    generation,
    reach: { hosts, maintenance, exports },
    settings,
    edition,
  }: {
    readonly formation: Formation;
    readonly generation: number;
    readonly reach: Reach;
    /** By process type. */
    readonly settings: ReadonlyMap<string, ProcessSettings>;
    /** Of its variables' values; null where they cannot change. */
    readonly edition: string | null;
  },
): Desired {
  const { app, release, slug } = running;
  const { policies } = declarationOf(slug);
  const types = Object.entries(slug.processTypes).map(([type, command]): DesiredType => {
    const {
      readiness: own,
      replacement,
      stop,
      memoryLimit,
      cpu,
    } = settledPolicy(policyOf(policies, type), settings.get(type));
    const exportedAt = exports.get(type);
    const readiness = exportedAt === undefined ? own : listening(own);
    const port = readiness.kind === 'listens' ? 'lease' : null;
    const base = specOf(running, command);
    const environment = edition === null ? base.environment : { ...base.environment, edition };
    const spec = { ...base, environment, memoryLimit, cpu, port } as const;
    const quantity = quantityOf(formation, type) ?? 0;
    const wanted = { type, quantity, spec, readiness, replacement, stop };
    return exportedAt === undefined ? wanted : { ...wanted, exportedAt };
  });
  return { owner: ownerOf(app, 'app'), generation, release: release.version, hosts, maintenance, types };
}

/** The release phase: one process of the new release, before any other of it. */
export function releasePhaseOf(running: Running, command: string): OneOffSpec {
  const { app, release } = running;
  return {
    owner: ownerOf(app, 'app'),
    release: release.version,
    process: `release.${release.version}`,
    spec: specOf(running, command),
    stop: defaultStopPolicy,
    timeoutMs: releasePhaseTimeoutMs,
    input: 'none',
    variables: {},
    detached: false,
  };
}

export interface RunWish {
  /** E.g. `run.1234`. */
  readonly process: string;
  readonly command: string;
  /** Whose policy it has. */
  readonly type: string;
  readonly input: OneOffInput;
  readonly variables: Readonly<Record<string, string>>;
  readonly detached: boolean;
  readonly timeoutMs: number | null;
  /** Null: the memory of its type. */
  readonly size: ProcessSize | null;
}

/** What somebody runs by hand: a process of the release beside its formation. */
export function runOf(running: Running, { command, type, size, ...wish }: RunWish): OneOffSpec {
  const { app, release, slug } = running;
  const { stop, memoryLimit } = policyOf(declarationOf(slug).policies, type);
  const { memory, cpu } = size ?? { memory: memoryLimit, cpu: null };
  const spec = { ...specOf(running, command), memoryLimit: memory, cpu };
  return { owner: ownerOf(app, 'app'), release: release.version, spec, stop, ...wish };
}

/** A run of a schedule. */
export function scheduledRunOf(
  running: Running,
  { process, command }: { readonly process: string; readonly command: string },
): OneOffSpec {
  const { app, release } = running;
  return {
    owner: ownerOf(app, 'app'),
    release: release.version,
    process,
    spec: specOf(running, command),
    stop: defaultStopPolicy,
    timeoutMs: null,
    input: 'none',
    variables: {},
    detached: true,
  };
}

/** A migration that hangs must not hold a deploy for ever; Heroku gives a release phase 24 hours, a laptop is not asked to. */
const releasePhaseTimeoutMs = 60 * 60 * 1000;

function specOf({ app, release, slug }: Running, command: string): ProcessSpec {
  return {
    command: { shell: command },
    layers: slug.layers.map(({ digest }) => digest),
    runtimes: slug.runtimes,
    environment: { ownerId: app.id, revision: release.version },
    volumes: [],
    port: null,
    memoryLimit: defaultMemoryLimit,
    cpu: null,
    diskLimit: defaultDiskLimit,
  };
}
