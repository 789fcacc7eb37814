/** What is checked: one commit of a codebase, its tree, and, when it is to be run, its build. */
import type { Scenario } from './scenario/scenario.ts';

export interface Subject {
  /** The folder that was asked for, on the person's disk. Only Git is asked about it. */
  readonly folder: string;
  /** The clean tree of the commit, extracted. Hostile: never run, never written to. */
  readonly tree: string;
  readonly commit: Commit | null;
  /** Symbolic links that lead out of the folder: they are not in the tree, so that nobody follows them. */
  readonly leavingLinks: readonly LeavingLink[];
  readonly scenario: Scenario;
  /** Where the scenario stands, relative to the tree; null: there is none. */
  readonly scenarioFile: string | null;
}

export interface LeavingLink {
  readonly path: string;
  readonly target: string;
}

export interface Commit {
  readonly id: string;
  /** The first commits of its history; empty when they are not known. */
  readonly roots: readonly string[];
  readonly shallow: boolean;
  /** Where the app lies in its repository, `''` for its root. */
  readonly prefix: string;
  /** What could not be carried over into the tree: submodules, Git LFS pointers, uncommitted changes. */
  readonly warnings: readonly SourceWarning[];
}

export interface SourceWarning {
  readonly code: string;
  readonly message: string;
  readonly names: readonly string[];
}

/** The app as it was built. */
export interface BuiltApp {
  /** The slug's digest, of a canonical manifest. */
  readonly digest: string;
  /** Root-shaped: the slug's layers laid over each other. `root/app` is the code. Never written to. */
  readonly root: string;
  /** Root-shaped folders of the runtimes, each with something under `/opt`. */
  readonly runtimes: readonly RuntimeFolder[];
  /** Command by process type, `release` not among them. */
  readonly processTypes: Readonly<Record<string, string>>;
  readonly release: string | null;
  /** Variables that the builder sets unless the config does. */
  readonly environment: Readonly<Record<string, string>>;
  /** The `app.json` it was built with, null without one. */
  readonly appJson: AppJson | null;
  /** Milliseconds the build took. */
  readonly tookMs: number;
}

/** How building from a clean clone went. */
export type BuildAttempt =
  | {
      readonly ok: true;
      readonly app: BuiltApp;
      readonly again: SecondBuild | null;
      readonly builder: string;
    }
  | {
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      readonly hint: string | null;
      /** What the build printed last, oldest first. */
      readonly lastLines: readonly string[];
      readonly atMs: number;
    };

/** The same tree, built a second time. */
export interface SecondBuild {
  readonly digest: string;
  /** Files of `app` that are not the same in both, at most 20. */
  readonly differing: readonly string[];
  readonly atMs: number;
}

export interface RuntimeFolder {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
}

/** What an app declares of itself, as far as the prover goes by it. */
export interface AppJson {
  readonly env: Readonly<Record<string, DeclaredVariable>>;
  /** Services it asks for, e.g. `{ kind: 'postgres', version: '18', variable: 'DATABASE_URL' }`. */
  readonly services: readonly DeclaredService[];
  readonly formation: Readonly<Record<string, number>>;
  /** Path of a health request by process type. */
  readonly health: Readonly<Record<string, string>>;
  /** Seconds of grace by process type. */
  readonly grace: Readonly<Record<string, number>>;
  readonly schedule: readonly { readonly name: string; readonly command: string }[];
}

export interface DeclaredVariable {
  readonly value: string | null;
  /** Whether the platform makes up a random value. */
  readonly generated: boolean;
  readonly required: boolean;
}

export interface DeclaredService {
  readonly kind: string;
  readonly version: string | null;
  readonly variable: string;
}
