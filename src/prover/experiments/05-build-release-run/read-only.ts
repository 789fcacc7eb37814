/** One more run of every process type and of the scenario's requests, with code that cannot be written to. */
import type {
  ReadOnlyExchange,
  ReadOnlyFacts,
  ReadOnlyProcess,
} from '../../../factors/05-build-release-run/probe-read-only.ts';
import type { Exchange, Instance, Lab, Watched } from '../../lab/lab.ts';
import { lastWords } from '../../lab/output.ts';
import { exchangeAll } from '../../lab/watched.ts';
import { endingSoFar } from '../ending.ts';

const lastLinesShown = 10;

export async function runReadOnly(lab: Lab): Promise<ReadOnlyFacts> {
  const watched = await lab.watched();
  const deploy = await lab.deploy();
  const types = watched.instances.map(({ instance }) => instance.type);
  const instances = await Promise.all(
    types.map((type) => deploy.start(type, { readOnly: true, trace: true })),
  );
  const processes = await Promise.all(instances.map((instance) => look(instance, { watched, lab })));
  const web = instances.find(({ type }, at) => type === 'web' && processes[at]?.failure === null);
  const secret = { token: lab.token(), requestSecret: `secret${lab.token()}` };
  const exchanges = web === undefined ? [] : await exchangeAll(lab, { web, ...secret });
  return {
    processes,
    exchanges: exchanges.map((each, at) =>
      compared(each, { otherwise: watched.exchanges[at], process: web?.name ?? 'web.1' }),
    ),
    refused: instances.flatMap(refusedWrites),
  };
}

async function look(
  instance: Instance,
  { watched, lab }: { readonly watched: Watched; readonly lab: Lab },
): Promise<ReadOnlyProcess> {
  const readiness = await instance.ready;
  // What ends well was not kept from its work.
  const endedWell = !readiness.ready && (await endingSoFar(instance))?.code === 0;
  return {
    name: instance.name,
    failure: readiness.ready || endedWell ? null : readiness.why,
    upOtherwise: watched.instances.some(
      (each) => each.instance.type === instance.type && each.readiness.ready,
    ),
    lastLines: readiness.ready
      ? []
      : lastWords(instance.output(), lastLinesShown).map(({ text }) => text.slice(0, 500)),
    atMs: lab.now(),
  };
}

function compared(
  { request, answer }: Exchange,
  { otherwise, process }: { readonly otherwise: Exchange | undefined; readonly process: string },
): ReadOnlyExchange {
  return {
    process,
    request: `${request.method} ${request.path}`,
    result: answer.failure === null ? `answered ${answer.status}` : `gave no answer (${answer.failure})`,
    asExpected: answer.asExpected,
    asExpectedOtherwise: otherwise?.answer.asExpected ?? null,
    atMs: answer.atMs,
  };
}

/** A place is shown once for each process. */
function refusedWrites(instance: Instance): ReadOnlyFacts['refused'] {
  const paths = new Set<string>();
  return instance.trace().flatMap((event) => {
    const isWrite = event.kind === 'folder' || (event.kind === 'open' && event.writes);
    if (!isWrite || event.ok || !event.path.startsWith('/app/') || paths.has(event.path)) return [];
    paths.add(event.path);
    const what = event.kind === 'folder' ? 'folder' : 'file';
    return [{ process: instance.name, what, path: event.path, atMs: event.atMs }];
  });
}
