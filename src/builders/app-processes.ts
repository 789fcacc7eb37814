/** What an app runs: its Procfile, or the one command a builder falls back to. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { userError } from '../base/error.ts';
import { type Procfile, parseProcfile } from '../factors/05-build-release-run/procfile.ts';
import { hasFile } from './folder.ts';

/** @throws PROCFILE_MISSING when there is neither, and what `parseProcfile` throws */
export function readProcesses(app: string, { web }: { readonly web: string | null }): Procfile {
  if (hasFile(app, 'Procfile')) {
    const procfile = parseProcfile(readFileSync(path.join(app, 'Procfile'), 'utf8'));
    return web === null ? procfile : { ...procfile, processTypes: withFallback(procfile, web) };
  }
  if (web !== null) return { processTypes: { web }, release: null };
  throw userError(
    'PROCFILE_MISSING',
    'Cannot tell what to run: there is no Procfile, and no "start" script in package.json',
    {
      hint: 'Add a Procfile with a line such as "web: node server.js", and commit it',
    },
  );
}

/** A Procfile that names the release phase alone leaves the web process to the builder. */
function withFallback(procfile: Procfile, web: string): Procfile['processTypes'] {
  return Object.keys(procfile.processTypes).length === 0 ? { web } : procfile.processTypes;
}
