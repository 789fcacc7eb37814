/** Builds apps that are their own source: a Procfile, and nothing that another builder knows. The tree is the slug. */
import path from 'node:path';
import { readProcesses } from '../app-processes.ts';
import type { Builder, BuildOutcome, BuildRequest, Workshop } from '../builder.ts';
import { packFolder } from '../canonical-tar.ts';
import { hasFile } from '../folder.ts';
import { applySlugIgnore } from '../slug-ignore.ts';

const name = 'procfile';
const version = '1';

export function procfileBuilder(workshop: Workshop): Builder {
  return {
    name,
    version,
    detect: (source) => (hasFile(path.join(source, 'app'), 'Procfile') ? { reason: 'Procfile' } : null),
    build: (request) => build(request, workshop),
  };
}

async function build(request: BuildRequest, workshop: Workshop): Promise<BuildOutcome> {
  request.signal.throwIfAborted();
  const app = path.join(request.source, 'app');
  applySlugIgnore(app);
  const { processTypes, release } = readProcesses(app, { web: null });
  const layer = await workshop.layers.put(packFolder(request.source));
  return {
    slug: {
      format: 1,
      layers: [{ kind: 'app', ...layer }],
      builder: { name, version },
      runtimes: [],
      processTypes,
      release,
      environment: {},
    },
    packages: null,
    installed: [],
    reused: false,
    warnings: [],
  };
}
