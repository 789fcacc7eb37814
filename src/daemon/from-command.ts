/** The platforms that the command line starts: of `dozen up`, for one person, and of `dozen server`. Both on loopback. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { findHome } from '../api/local-home.ts';
import type { StartedPlatform, StartOptions } from '../api/platform.ts';
import { DozenError } from '../base/error.ts';
import { replaceFile } from '../store/durable-file.ts';
import { homeFolder } from '../store/home.ts';
import { type ParentOptions, startPlatform } from './parent.ts';

export async function startFromCommand(options: StartOptions): Promise<StartedPlatform> {
  const home = findHome(process.env);
  const { mode, address, onLine } = options;
  const router = { host: address, port: options.port === 0 ? remembered(home, 'port') : options.port };
  const api = {
    host: options.apiAddress,
    port: options.apiPort === 0 ? remembered(home, 'api-port') : options.apiPort,
  };
  const wanted: ParentOptions = { home, mode, command: `dozen ${mode}`, router, api, onLine };
  const started = await startedAnywhere(wanted, options);
  // A link or a remote that somebody has goes on working the next time.
  replaceFile(portFile(home, 'port'), String(started.port));
  replaceFile(portFile(home, 'api-port'), String(started.apiPort));
  return { home, ...started };
}

/** A port of before that another program has taken since is given up, one that was asked for is not. */
async function startedAnywhere(
  wanted: ParentOptions,
  { port, apiPort }: StartOptions,
): Promise<Omit<StartedPlatform, 'home'>> {
  try {
    return await startPlatform(wanted);
  } catch (error) {
    const isFixed = port !== 0 && apiPort !== 0;
    const isRemembered = wanted.router.port !== port || wanted.api.port !== apiPort;
    const isTaken = error instanceof DozenError && error.code === 'PORT_TAKEN';
    if (isFixed || !isRemembered || !isTaken) throw error;
    const router = { ...wanted.router, port };
    return startPlatform({ ...wanted, router, api: { ...wanted.api, port: apiPort } });
  }
}

function remembered(home: string, name: string): number {
  const file = portFile(home, name);
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
}

function portFile(home: string, name: string): string {
  return path.join(homeFolder(home, 'run'), name);
}
