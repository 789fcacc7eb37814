/** What reading a subject's source gives, made once for all experiments that ask, each in a process apart. */

import type { Routes } from '../scenario/routes.ts';
import type { Subject } from '../subject.ts';
import { Unobservable } from '../unobservable.ts';
import { type Order, readApart } from './apart.ts';
import type { CodeReading } from './code-reading.ts';
import type { CredentialSearch } from './credential-search.ts';
import type { HistorySearch } from './history-search.ts';

export type { CodeReading } from './code-reading.ts';

const made = new WeakMap<Subject, Map<Order['kind'], Promise<unknown>>>();

export const readingOf = (subject: Subject, signal: AbortSignal): Promise<CodeReading> =>
  once(subject, { kind: 'code', root: subject.tree }, signal) as Promise<CodeReading>;

export const credentialsOf = (subject: Subject, signal: AbortSignal): Promise<CredentialSearch> =>
  once(subject, { kind: 'credentials', root: subject.tree }, signal) as Promise<CredentialSearch>;

export const routesOf = (subject: Subject, signal: AbortSignal): Promise<Routes> =>
  once(subject, { kind: 'routes', root: subject.tree }, signal) as Promise<Routes>;

export const historyOf = (subject: Subject, commit: string, signal: AbortSignal): Promise<HistorySearch> =>
  once(subject, { kind: 'history', folder: subject.folder, commit }, signal) as Promise<HistorySearch>;

function once(subject: Subject, order: Order, signal: AbortSignal): Promise<unknown> {
  const known = made.get(subject) ?? new Map<Order['kind'], Promise<unknown>>();
  made.set(subject, known);
  const before = known.get(order.kind);
  if (before !== undefined) return before;
  const reading = read(order, signal);
  known.set(order.kind, reading);
  // One that was cut off is none: the next that asks begins anew.
  reading.catch(() => known.delete(order.kind));
  return reading;
}

async function read(order: Order, signal: AbortSignal): Promise<unknown> {
  const outcome = await readApart(order, { signal });
  if ('result' in outcome) return outcome.result;
  throw new Unobservable(`The source could not be read: ${outcome.failure}`);
}
