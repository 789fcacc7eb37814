/** What the local engine needs of the machine and of the house around it, passed in by the composition root. */
import type { Clock } from '../../base/clock.ts';
import type { Endpoint, PortRoute } from '../../factors/07-port-binding/route.ts';
import type { LogBatch } from '../../factors/11-logs/log-batch.ts';
import type { LogLine } from '../../factors/11-logs/log-line.ts';
import type { EnvironmentRef, LogsOptions, Owner, ProcessSpec } from '../engine.ts';
import type { LogKeeper } from './output-reader.ts';
import type { Person } from './sandbox/skeleton.ts';

export interface Host {
  /** Folder of the engine's own state, closed to others. */
  readonly folder: string;
  /** Names this platform's branch of the cgroups. */
  readonly name: string;
  readonly clock: Clock;
  /** Of `bytes` random bytes, lower-case letters and digits: part of an instance's name. */
  readonly randomName: () => string;
  /** In [0, 1): spreads restarts. */
  readonly random: () => number;
  readonly ports: Ports;
  readonly log: LogKeeper & {
    read(ownerId: string, options: LogsOptions): AsyncIterable<LogLine>;
    remove(ownerId: string): void;
    /** Resolves when all that was appended is on disk. */
    sync(ownerId: string): Promise<void>;
    /** The last lines an instance wrote, at most ten, oldest first. */
    tail(ownerId: string, instance: string): readonly string[];
  };
  readonly traffic: Traffic;
  /** As whom an owner's processes run: an own host user as root, else the caller. */
  person(ownerId: string): Person & { readonly kind: 'host' | 'self' };
  /** Host folders of the spec's layers and runtimes, top-most first, readable to that person. */
  layers(spec: ProcessSpec, person: Person): Promise<readonly string[]>;
  /** Secrets are resolved here, at each start. `PORT` and `DYNO` are the engine's to add. */
  environment(ref: EnvironmentRef): Promise<Readonly<Record<string, string>>>;
}

export interface Ports {
  /** A port nobody listens on, kept for the instance until released. */
  lease(instance: string): number;
  release(instance: string): void;
  /** Instances that hold one. */
  holders(): readonly string[];
}

/** How an owner is reached. */
export interface Routes {
  readonly hosts: readonly string[];
  readonly maintenance: boolean;
  /** Of the type `web`. */
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly Pick<PortRoute, 'port' | 'processType' | 'endpoints'>[];
}

/** The routers' side of a process's life. */
export interface Traffic {
  /** Who answers from now on. Called with the whole of an owner's endpoints at each change. */
  publish(owner: Owner, routes: Routes): void;
  /** Resolves when no router sends anything to these instances any more and none of their requests is in flight. */
  drained(instances: readonly string[], signal: AbortSignal): Promise<void>;
  /** The owner is no more. */
  forget(ownerId: string): void;
}

export type BatchListener = (batch: LogBatch) => void;
