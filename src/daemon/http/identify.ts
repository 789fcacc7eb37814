/** What a name in a call stands for, and the ids of what has none of its own. */
import { createHash } from 'node:crypto';
import { type DozenError, userError } from '../../base/error.ts';
import type { App } from '../../factors/01-codebase/app.ts';
import type { Pipeline } from '../../factors/01-codebase/pipeline.ts';
import type { Release } from '../../factors/05-build-release-run/release.ts';
import type { Store } from '../../store/store.ts';
import type { ApiContext } from './context.ts';

/** A UUID that the same words always give (RFC 9562, version 8). */
export function uuidOf(...words: readonly (string | number)[]): string {
  const hex = createHash('sha256').update(words.join('\0')).digest('hex');
  return asUuid(hex);
}

/** Of a release: a part of its hash, so that it changes with whatever the release is. */
export function releaseId({ hash }: Pick<Release, 'hash'>): string {
  return asUuid(hash);
}

function asUuid(hex: string): string {
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 0x3) | 0x8).toString(16);
  const digits = `${hex.slice(0, 12)}8${hex.slice(13, 16)}${variant}${hex.slice(17, 32)}`;
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Whoever a ledger entry names, also one that has no account. */
export function userOf(
  { platform: { store }, operator }: ApiContext,
  email: string,
): { readonly id: string; readonly email: string } {
  const id =
    store.findAccount(email)?.id ?? (email === operator.email ? operator.id : uuidOf('actor', email));
  return { id, email };
}

/** As ISO 8601 has it, to the second as Heroku does. */
export function timeOf(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, -'.000Z'.length)}Z`;
}

/** By id or name. @throws APP_UNKNOWN */
export function requireApp(store: Store, idOrName: string): App {
  const app = store.findApp(idOrName);
  if (app !== null) return app;
  throw userError('APP_UNKNOWN', `Cannot find the app ${show(idOrName)}: there is none of this name`, {
    hint: 'dozen apps lists those there are; dozen apps create NAME makes one',
  });
}

/** By id or name. @throws PIPELINE_UNKNOWN */
export function requirePipeline(store: Store, idOrName: string): Pipeline {
  const pipeline = store.findPipeline(idOrName);
  if (pipeline !== null) return pipeline;
  throw userError(
    'PIPELINE_UNKNOWN',
    `Cannot find the pipeline ${show(idOrName)}: there is none of this name`,
    {
      hint: 'dozen pipelines lists those there are',
    },
  );
}

/** By number (`7` or `v7`) or id; `current` is the one that runs. @throws RELEASE_UNKNOWN */
export function requireRelease(store: Store, app: App, name: string): Release {
  const release = findRelease(store, app, name);
  if (release !== null) return release;
  throw releaseUnknown(app, name);
}

function findRelease(store: Store, app: App, name: string): Release | null {
  const number = /^v?([1-9]\d{0,8})$/.exec(name)?.[1];
  if (number !== undefined) return store.findRelease(app.id, Number(number));
  if (name === 'current') return store.currentRelease(app.id);
  return store.releases(app.id).find((release) => releaseId(release) === name.toLowerCase()) ?? null;
}

export function releaseUnknown(app: App, name: string): DozenError {
  return userError('RELEASE_UNKNOWN', `Cannot find release ${show(name)} of ${app.name}: there is none`, {
    hint: `dozen releases -a ${app.name} lists those there are`,
  });
}

/** What somebody typed, as it may be shown. */
export function show(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
