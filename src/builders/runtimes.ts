/**
 * Interpreters and tools, kept between builds as root-shaped folders.
 *
 * ```
 * FOLDER/node@26.10.0-x64/opt/node/bin/node
 * FOLDER/pnpm@9.15.4-x64/opt/pnpm/bin/pnpm
 * FOLDER/tmp-…                        being made; what a killed maker left goes with `sweep`
 * ```
 *
 * Dozen's own Node, npm and static server lie beside Dozen and are copied, so that an isolation can see them wherever Dozen
 * is installed. Everything else is a package of the registry, installed by Dozen's npm inside an isolation. npm checks what it
 * fetched against the registry's digest; a digest pinned here, or named by the app, is checked before it is installed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { platformError } from '../base/error.ts';
import { runtimePath } from '../factors/05-build-release-run/runtime.ts';
import type { Runtime } from '../factors/05-build-release-run/slug.ts';
import type { BuildHost, RuntimeFetch, Runtimes } from './builder.ts';
import { openToAll } from './folder.ts';
import { type OwnRuntime, ownRuntimes } from './own-runtimes.ts';
import { fetchRuntime } from './runtime-package.ts';

export interface RuntimesOptions {
  readonly folder: string;
  readonly host: BuildHost;
}

export interface KeptRuntimes extends Runtimes {
  /** Makes it where it is one that comes with Dozen; nothing else of it is looked for. */
  provideOwn(runtime: Runtime): Promise<void>;
  sweep(): Promise<void>;
}

export function openRuntimes({ folder, host }: RuntimesOptions): KeptRuntimes {
  const running = new Map<string, Promise<void>>();
  const provide = async (runtime: Runtime, fetching: RuntimeFetch): Promise<string> => {
    const place = path.join(folder, `${runtime.name}@${runtime.version}-${process.arch}`);
    if (existsSync(place)) return place;
    const making = running.get(place) ?? make(runtime, { place, host, fetching, provide });
    running.set(place, making);
    try {
      await making;
    } finally {
      running.delete(place);
    }
    return place;
  };
  return {
    provide,
    async provideOwn(runtime) {
      const place = path.join(folder, `${runtime.name}@${runtime.version}-${process.arch}`);
      const own = ownRuntime(runtime);
      if (own !== undefined && !existsSync(place)) await keep(place, (draft) => copyInto(draft, own));
    },
    sweep: () => sweep(folder),
  };
}

interface Making {
  readonly place: string;
  readonly host: BuildHost;
  readonly fetching: RuntimeFetch;
  readonly provide: Runtimes['provide'];
}

function make(runtime: Runtime, making: Making): Promise<void> {
  const own = ownRuntime(runtime);
  return keep(making.place, (draft) =>
    own ? copyInto(draft, own) : fetchRuntime(runtime, { draft, ...making }),
  );
}

async function keep(place: string, fill: (draft: string) => Promise<string>): Promise<void> {
  await mkdir(path.dirname(place), { recursive: true });
  const draft = await mkdtemp(path.join(path.dirname(place), 'tmp-'));
  try {
    const made = await fill(draft);
    openToAll(made);
    await syncDisk(made);
    await settle(made, place);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Undefined for one that is a package of the registry. */
export function ownRuntime({ name, version }: Runtime): OwnRuntime | undefined {
  return Object.values(ownRuntimes).find((own) => own.name === name && own.version === version);
}

async function copyInto(draft: string, own: OwnRuntime): Promise<string> {
  const made = path.join(draft, 'made');
  await own.fill(path.join(made, runtimePath(own.name)));
  return made;
}

/** Without it a power cut could leave a runtime that looks complete, its files empty. */
async function syncDisk(made: string): Promise<void> {
  const [code] = await once(spawn('sync', ['--file-system', made], { stdio: 'ignore' }), 'close');
  if (code !== 0)
    throw platformError('RUNTIME_UNWRITTEN', `Cannot keep a runtime: sync ended, exit code ${code}`);
}

/** Another process may have been first: its folder is the same. */
async function settle(made: string, place: string): Promise<void> {
  try {
    await rename(made, place);
  } catch (error) {
    if (!['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

async function sweep(folder: string): Promise<void> {
  for (const name of existsSync(folder) ? await readdir(folder) : []) {
    if (name.startsWith('tmp-')) await rm(path.join(folder, name), { recursive: true, force: true });
  }
}
