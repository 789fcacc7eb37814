/** Builds sites of files: nothing is installed or run, a server of Dozen's own serves them. */
import path from 'node:path';
import { searchPath } from '../../factors/05-build-release-run/runtime.ts';
import { readProcesses } from '../app-processes.ts';
import type { Builder, BuildOutcome, BuildRequest, Detection, Workshop } from '../builder.ts';
import { packFolder } from '../canonical-tar.ts';
import { hasFile } from '../folder.ts';
import { ownRuntimes } from '../own-runtimes.ts';
import { applySlugIgnore } from '../slug-ignore.ts';
import { findSite, type Site } from './site.ts';

const name = 'static';
const version = '1';

/** The server's own Node, not one that the app declares. */
const runtimes = [ownRuntimes.node, ownRuntimes.static].map(({ name, version }) => ({ name, version }));

export function staticBuilder(workshop: Workshop): Builder {
  return { name, version, detect, build: (request) => build(request, workshop) };
}

function detect(source: string): Detection | null {
  const app = path.join(source, 'app');
  if (hasFile(app, 'package.json')) return null;
  if (hasFile(app, 'static.json')) return { reason: 'static.json' };
  const site = findSite(app);
  return site === null ? null : { reason: path.posix.join(site.root, 'index.html') };
}

async function build(request: BuildRequest, workshop: Workshop): Promise<BuildOutcome> {
  request.signal.throwIfAborted();
  const app = path.join(request.source, 'app');
  applySlugIgnore(app);
  const site = findSite(app);
  const { processTypes, release } = readProcesses(app, { web: site === null ? null : commandFor(site) });
  await Promise.all(runtimes.map((runtime) => workshop.runtimes.provide(runtime, request)));
  const layer = await workshop.layers.put(packFolder(request.source));
  return {
    slug: {
      format: 1,
      layers: [{ kind: 'app', ...layer }],
      builder: { name, version },
      runtimes,
      processTypes,
      release,
      environment: { PATH: searchPath(runtimes) },
    },
    packages: null,
    installed: [],
    reused: false,
    warnings: site?.warnings ?? [],
  };
}

/** The line is for a shell: only names that mean themselves there are let through. */
function commandFor({ root, single, notFound }: Site): string {
  const options = [
    ...(single === null ? [] : [`--single ${single}`]),
    ...(notFound === null ? [] : [`--not-found ${notFound}`]),
  ];
  return ['static-server', quote(root), ...options].join(' ');
}

function quote(text: string): string {
  return /^[A-Za-z0-9._/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
