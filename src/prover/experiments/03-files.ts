/** Files of the app that the watched run opened. */
import type { OpenedFacts, OpenedFile } from '../../factors/03-config/probe-config-files.ts';
import { type Observation, seen } from '../../factors/law.ts';
import type { Lab } from '../lab/lab.ts';
import type { Trace } from '../lab/trace.ts';

const codeFolder = '/app/';

export async function openedFiles(lab: Lab): Promise<Observation<OpenedFacts>> {
  const { instances, release } = await lab.watched();
  const opened = [
    ...openedIn('release', release?.trace ?? []),
    ...instances.flatMap(({ instance }) => openedIn(instance.name, instance.trace())),
  ];
  const count = new Set(opened.filter(({ found }) => found).map(({ path }) => path)).size;
  return seen({ opened, count });
}

function openedIn(process: string, trace: Trace): readonly OpenedFile[] {
  return trace.flatMap((call) =>
    call.kind === 'open' && !call.writes && call.path.startsWith(codeFolder)
      ? [{ process, atMs: call.atMs, path: call.path.slice(codeFolder.length), found: call.ok }]
      : [],
  );
}
