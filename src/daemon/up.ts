/** The platform of `dozen up`: in the foreground, for one person, on loopback. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { StartedPlatform, StartOptions } from '../api/platform.ts';
import { DozenError } from '../base/error.ts';
import { replaceFile } from '../store/durable-file.ts';
import { homeFolder } from '../store/home.ts';
import { startPlatform } from './parent.ts';
import { findHome } from './paths.ts';

export async function startUp(options: StartOptions): Promise<StartedPlatform> {
  const home = findHome(process.env);
  const base = { home, command: 'dozen up', address: '127.0.0.1', onLine: options.onLine };
  const remembered = options.port === 0 ? rememberedPort(home) : options.port;
  try {
    return remember(home, { home, ...(await startPlatform({ ...base, port: remembered })) });
  } catch (error) {
    if (
      options.port !== 0 ||
      remembered === 0 ||
      !(error instanceof DozenError && error.code === 'PORT_TAKEN')
    )
      throw error;
    return remember(home, { home, ...(await startPlatform({ ...base, port: 0 })) });
  }
}

/** A link that somebody has open goes on working the next time. */
function remember<T extends { readonly port: number }>(home: string, platform: T): T {
  replaceFile(portFile(home), String(platform.port));
  return platform;
}

function rememberedPort(home: string): number {
  const file = portFile(home);
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
}

function portFile(home: string): string {
  return path.join(homeFolder(home, 'run'), 'port');
}
