/** What the watched web process opened, and between which requests. */
import { lstatSync } from 'node:fs';
import path from 'node:path';
import type { LocalFileFacts, Touch } from '../../../factors/06-processes/probe-local-files.ts';
import { nothingToSee, type Observation, seen } from '../../../factors/law.ts';
import type { Exchange, Lab } from '../../lab/lab.ts';
import type { TraceEvent } from '../../lab/trace.ts';
import { nameOf } from '../../scenario/request.ts';

export async function collectFiles(lab: Lab): Promise<Observation<LocalFileFacts>> {
  const { instances, exchanges } = await lab.watched();
  const web = instances.find(({ instance }) => instance.type === 'web');
  if (web === undefined) return nothingToSee('The app has no web process');
  const { instance, readiness } = web;
  return seen({
    process: instance.name,
    failure: readiness.ready ? null : readiness.why,
    requests: exchanges
      .filter(({ answer }) => answer.sent)
      .map(({ request, answer }) => ({ request: nameOf(request), sentAt: answer.sentAt })),
    touches: instance.trace().flatMap((event) => touchesOf(event, lab.app.root)),
    writes: writesOf(lab, exchanges),
  });
}

function writesOf({ subject: { scenario } }: Lab, exchanges: readonly Exchange[]): LocalFileFacts['writes'] {
  if (scenario.requests.writesNothing) return 'none';
  const written = exchanges.filter(({ role }) => role === 'write');
  if (written.length === 0) return 'untold';
  return written.every(({ answer }) => answer.asExpected) ? 'worked' : 'failed';
}

function touchesOf(event: TraceEvent, slug: string): readonly Touch[] {
  const { kind, atMs } = event;
  if (kind === 'unlink') return event.to === undefined ? [] : [{ atMs, path: event.to, how: 'write' }];
  if (kind !== 'open' || !event.ok) return [];
  const read: Touch = { atMs, path: event.path, how: 'read' };
  const write: Touch = { atMs, path: event.path, how: 'write' };
  if (!event.writes) return [read];
  if (event.reads !== true) return [write];
  // A database that comes with the code is opened for both even where it is only read.
  return isIn(slug, event.path) ? [read] : [write, read];
}

function isIn(slug: string, file: string): boolean {
  return lstatSync(path.join(slug, file), { throwIfNoEntry: false }) !== undefined;
}
