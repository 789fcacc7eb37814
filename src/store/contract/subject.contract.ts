/** The store a test of the contract works on, and what it needs before it can make a release. */
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import type { Digest } from '../../base/digest.ts';
import { canonicalJson } from '../../base/json.ts';
import type { App } from '../../factors/01-codebase/app.ts';
import type { Revision } from '../../factors/01-codebase/revision.ts';
import type { Config } from '../../factors/03-config/config.ts';
import type { Secret } from '../../factors/03-config/secret.ts';
import type { Build } from '../../factors/05-build-release-run/build.ts';
import type { Release } from '../../factors/05-build-release-run/release.ts';
import type { SlugManifest } from '../../factors/05-build-release-run/slug.ts';
import type { Store } from '../store.ts';

/** A ledger of its own, empty. */
export type OpenLedger = (clock: { now(): number }) => {
  /** Opens it, also while it is open already. */
  open(): Store;
  remove(): void;
};

export interface Subject {
  readonly store: Store;
  readonly clock: TestClock;
  /** The same ledger through another opening, as after a restart. */
  reopen(): Store;
}

export interface TestClock {
  now(): number;
  set(now: number): void;
}

export const startedAt = 1_700_000_000_000;

export function contractTest(
  open: OpenLedger,
  sentence: string,
  run: (subject: Subject, context: TestContext) => void,
): void {
  test(sentence, (context) => {
    const clock = testClock();
    const ledger = open(clock);
    const opened: Store[] = [];
    const reopen = (): Store => {
      const store = ledger.open();
      opened.push(store);
      return store;
    };
    context.after(() => {
      for (const store of opened) store.close();
      ledger.remove();
    });
    run({ store: reopen(), clock, reopen }, context);
  });
}

function testClock(): TestClock {
  let time = startedAt;
  return {
    now: () => time,
    set(now) {
      time = now;
    },
  };
}

export const revision: Revision = {
  commit: '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d',
  branch: 'main',
  author: 'Ada <ada@example.org>',
  subject: 'Greet in "two" lines\u0000, ünïcode and all',
  committedAt: startedAt - 60_000,
  roots: ['0000000000000000000000000000000000000001'],
  folder: 'examples/guestbook',
  worktree: null,
};

export function slugOf(command: string): { readonly slug: SlugManifest; readonly digest: Digest } {
  const slug: SlugManifest = {
    format: 1,
    layers: [
      { kind: 'app', digest: 'a'.repeat(64), size: 1_000 },
      { kind: 'dependencies', digest: 'b'.repeat(64), size: 2_345 },
    ],
    builder: { name: 'node', version: '1' },
    runtimes: [{ name: 'node', version: '26.10.0' }],
    processTypes: { web: command },
    release: null,
    environment: { NODE_ENV: 'production' },
  };
  return { slug, digest: createHash('sha256').update(canonicalJson(slug)).digest('hex') };
}

export function builtOf(store: Store, app: App, command = 'node server.js'): Build {
  const build = store.startBuild({ appId: app.id, revision, builder: 'node', actor: 'ada' });
  return store.finishBuild(build.id, slugOf(command));
}

/** An app with a build that succeeded. */
export function releasable(store: Store, name = 'guestbook'): { readonly app: App; readonly build: Build } {
  const app = store.createApp(name);
  return { app, build: builtOf(store, app) };
}

export function releaseOf(store: Store, build: Build): Release {
  return store.createRelease({
    appId: build.appId,
    buildId: build.id,
    actor: 'ada',
    description: 'Deploy 1a2b3c4',
  });
}

export function revealed(config: Config): Record<string, string> {
  return Object.fromEntries([...config].map(([name, value]: [string, Secret]) => [name, value.reveal()]));
}
