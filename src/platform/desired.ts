/** A release as what an engine is to run. Pure: the same release and formation give the same processes. */
import type { Desired, DesiredType, OneOffSpec, Owner, ProcessSpec } from '../engines/engine.ts';
import type { App } from '../factors/01-codebase/app.ts';
import type { Release } from '../factors/05-build-release-run/release.ts';
import type { SlugManifest } from '../factors/05-build-release-run/slug.ts';
import { defaultDiskLimit } from '../factors/06-processes/writable-layer.ts';
import { type Formation, quantityOf } from '../factors/08-concurrency/formation.ts';
import { defaultMemoryLimit } from '../factors/08-concurrency/memory-size.ts';
import { defaultStopPolicy } from '../factors/09-disposability/stop-policy.ts';
import { type AppJson, emptyAppJson, parseAppJson } from '../factors/app-json.ts';
import { policyOf } from '../factors/process-policy.ts';

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
    hosts,
  }: { readonly formation: Formation; readonly generation: number; readonly hosts: readonly string[] },
): Desired {
  const { app, release, slug } = running;
  const { policies } = declarationOf(slug);
  const types = Object.entries(slug.processTypes).map(([type, command]): DesiredType => {
    const { readiness, replacement, stop, memoryLimit } = policyOf(policies, type);
    const port = readiness.kind === 'listens' ? 'lease' : null;
    const spec = { ...specOf(running, command), memoryLimit, port } as const;
    return { type, quantity: quantityOf(formation, type) ?? 0, spec, readiness, replacement, stop };
  });
  return { owner: ownerOf(app, 'app'), generation, release: release.version, hosts, types };
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
