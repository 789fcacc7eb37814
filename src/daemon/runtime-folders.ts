/** Interpreters and service programs as root-shaped folders, by the name and version a process asks for. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { platformError } from '../base/error.ts';
import type { Runtime } from '../factors/05-build-release-run/slug.ts';
import { homeFolder } from '../store/home.ts';
import { serviceRuntimes } from './providers.ts';

export async function runtimeFolders(home: string, runtimes: readonly Runtime[]): Promise<readonly string[]> {
  return Promise.all(runtimes.map((runtime) => runtimeFolder(home, runtime)));
}

async function runtimeFolder(home: string, { name, version }: Runtime): Promise<string> {
  const folder = homeFolder(home, 'runtimes');
  const make = serviceRuntimes.get(name);
  if (make !== undefined) return make(folder, version);
  const place = path.join(folder, `${name}@${version}-${process.arch}`);
  if (existsSync(place)) return place;
  throw platformError(
    'RUNTIME_MISSING',
    `Cannot start a process: ${name} ${version} is not in ${JSON.stringify(folder)}`,
    {
      hint: 'Deploy again: a build brings the runtimes it names',
    },
  );
}
