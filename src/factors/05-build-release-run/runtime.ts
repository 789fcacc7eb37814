import type { Runtime } from './slug.ts';

/** Where a process finds a runtime, in every isolation. Its programs are in `bin`. */
export function runtimePath(name: string): string {
  return `/opt/${name}`;
}

/** The `PATH` of a process: its runtimes' programs, in their order, before the system's. */
export function searchPath(runtimes: readonly Runtime[]): string {
  const own = runtimes.map(({ name }) => `${runtimePath(name)}/bin`);
  return [...own, '/usr/local/bin', '/usr/bin', '/bin'].join(':');
}
