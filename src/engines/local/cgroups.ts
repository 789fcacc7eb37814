/**
 * Memory limits through cgroups, where the machine lets us: version 1 (its memory controller mounted) or version 2.
 * Elsewhere `openCgroups` gives null and a quota is measured instead (memory-quota.ts).
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

export interface Cgroups {
  /** Makes the group of one run and returns its folder. */
  make(name: string, memoryLimit: number): string;
  /** How often the kernel ended a process of it for memory. */
  memoryKills(name: string): number;
  /** Removes it, once its processes are gone. */
  remove(name: string): void;
  /** Names of the groups there are. */
  names(): string[];
}

/** @param home names this platform's own branch, so that two of them on one machine stay apart. */
export function openCgroups(home: string, root = '/sys/fs/cgroup'): Cgroups | null {
  const memory = path.join(root, 'memory');
  if (writable(memory) && existsSync(path.join(memory, 'memory.limit_in_bytes')))
    return version1(path.join(memory, 'dozen', home));
  if (writable(root) && existsSync(path.join(root, 'cgroup.controllers'))) return version2(root, home);
  return null;
}

function version1(branch: string): Cgroups {
  mkdirSync(branch, { recursive: true });
  return {
    make(name, memoryLimit) {
      const folder = path.join(branch, name);
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, 'memory.limit_in_bytes'), String(memoryLimit));
      return folder;
    },
    memoryKills: (name) => counter(path.join(branch, name, 'memory.oom_control'), 'oom_kill'),
    remove: (name) => remove(path.join(branch, name)),
    names: () => folders(branch),
  };
}

function version2(root: string, home: string): Cgroups | null {
  const controllers = readFileSync(path.join(root, 'cgroup.controllers'), 'utf8').split(/\s+/);
  if (!controllers.includes('memory')) return null;
  const branch = path.join(root, 'dozen', home);
  mkdirSync(branch, { recursive: true });
  for (const parent of [root, path.join(root, 'dozen'), branch])
    writeFileSync(path.join(parent, 'cgroup.subtree_control'), '+memory');
  return {
    make(name, memoryLimit) {
      const folder = path.join(branch, name);
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, 'memory.max'), String(memoryLimit));
      if (existsSync(path.join(folder, 'memory.swap.max')))
        writeFileSync(path.join(folder, 'memory.swap.max'), '0');
      return folder;
    },
    memoryKills: (name) => counter(path.join(branch, name, 'memory.events'), 'oom_kill'),
    remove: (name) => remove(path.join(branch, name)),
    names: () => folders(branch),
  };
}

function counter(file: string, name: string): number {
  if (!existsSync(file)) return 0;
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${name} `));
  return Number(line?.split(' ')[1] ?? 0);
}

function remove(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function folders(parent: string): string[] {
  return readdirSync(parent, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );
}

function writable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}
