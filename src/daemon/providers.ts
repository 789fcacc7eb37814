/** The providers of backing services of this platform, by kind, and the programs they bring. */
import type { ServiceProvider } from '../services/provider.ts';

export const providers: ReadonlyMap<string, ServiceProvider> = new Map();

/** Makes the root-shaped folder of a service's programs under `folder` if it is not there, and names it. */
export const serviceRuntimes: ReadonlyMap<string, (folder: string, version: string) => Promise<string>> =
  new Map();
