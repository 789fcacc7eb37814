/** What goes into a chamber, and what comes out of it: lines of JSON over its standard input and output. */
import type { Factor } from '../../factors/law.ts';
import type { CheckEvent } from '../check.ts';
import type { BuiltApp, Subject } from '../subject.ts';

export interface ChamberJob {
  readonly subject: Subject;
  readonly app: BuiltApp;
  readonly factors: readonly Factor[];
  /** A folder of the chamber's own, that everybody may pass through. */
  readonly folder: string;
  /** Who the app runs as; null: the caller. */
  readonly user: UserId | null;
  /** Values of the env file by name. They leave the chamber masked. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly programs: Programs;
  /** Where a new PostgreSQL cluster is kept between checks. */
  readonly cluster: string;
  /** When the check began, in milliseconds since the epoch. */
  readonly beganAt: number;
  /** Bytes of memory for all that runs in it together. */
  readonly memoryLimit: number;
  /** Milliseconds left for all of it. */
  readonly timeoutMs: number;
}

export interface UserId {
  readonly uid: number;
  readonly gid: number;
}

/** Programs of the machine, by where they are; null: missing. */
export interface Programs {
  readonly bwrap: string | null;
  readonly strace: string | null;
  /** A folder with `bin/postgres` in it. */
  readonly postgres: string | null;
  readonly redis: string | null;
  readonly mariadb: MariadbPrograms | null;
  readonly nats: string | null;
  readonly rabbitmq: RabbitmqPrograms | null;
}

export interface MariadbPrograms {
  readonly server: string;
  /** Makes the folder that it serves. */
  readonly initialise: string;
  readonly client: string;
}

export interface RabbitmqPrograms {
  readonly server: string;
  /** Erlang's `erl_call`, by which a node is asked. */
  readonly call: string;
}

export type ChamberMessage =
  | { readonly event: CheckEvent }
  | { readonly note: string }
  | { readonly done: true }
  | { readonly failed: string };
