/**
 * Limits through cgroups, where the machine lets us: version 1 (its memory, pids and cpu controllers mounted) or version 2.
 * Elsewhere `openCgroups` gives null: memory is measured instead (limits.ts), and tasks are limited by their number for
 * one user namespace (sandbox.ts).
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

export interface Cgroups {
  /** Makes the groups of one run and returns their folders. */
  make(name: string, limits: Limits): readonly string[];
  /** Whether it holds a limit of cores. */
  readonly limitsCpu: boolean;
  /** How often the kernel ended a process of it for memory. */
  memoryKills(name: string): number;
  /** How often the kernel refused it another task. */
  taskRefusals(name: string): number;
  /** Removes them, once their processes are gone. */
  remove(name: string): void;
}

export interface Limits {
  /** Bytes. */
  readonly memory: number;
  /** Processes and threads. */
  readonly tasks: number;
  /** Cores; null: no limit. */
  readonly cpu: number | null;
}

const periodUs = 100_000;
/** The kernel takes no less. */
const smallestQuotaUs = 1_000;

function quotaUs(cores: number): number {
  return Math.max(Math.round(cores * periodUs), smallestQuotaUs);
}

/** @param home names this platform's own branch, so that two of them on one machine stay apart. */
export function openCgroups(home: string, root = '/sys/fs/cgroup'): Cgroups | null {
  const memory = path.join(root, 'memory');
  if (writable(memory) && existsSync(path.join(memory, 'memory.limit_in_bytes'))) return version1(root, home);
  if (writable(root) && existsSync(path.join(root, 'cgroup.controllers'))) return version2(root, home);
  return null;
}

function version1(root: string, home: string): Cgroups {
  const branchOf = (controller: string): string => path.join(root, controller, 'dozen', home);
  const others = ['pids', 'cpu'].filter((controller) => writable(path.join(root, controller)));
  const controllers = ['memory', ...others];
  for (const controller of controllers) mkdirSync(branchOf(controller), { recursive: true });
  return {
    limitsCpu: others.includes('cpu'),
    make(name, { memory, tasks, cpu }) {
      const folderOf = (controller: string): string => path.join(branchOf(controller), name);
      // A group that limits nothing would only cost.
      const used = controllers.filter((controller) => controller !== 'cpu' || cpu !== null);
      for (const controller of used) mkdirSync(folderOf(controller), { recursive: true });
      writeFileSync(path.join(folderOf('memory'), 'memory.limit_in_bytes'), String(memory));
      if (used.includes('pids')) writeFileSync(path.join(folderOf('pids'), 'pids.max'), String(tasks));
      if (cpu !== null && used.includes('cpu')) {
        writeFileSync(path.join(folderOf('cpu'), 'cpu.cfs_period_us'), String(periodUs));
        writeFileSync(path.join(folderOf('cpu'), 'cpu.cfs_quota_us'), String(quotaUs(cpu)));
      }
      return used.map(folderOf);
    },
    memoryKills: (name) => counter(path.join(branchOf('memory'), name, 'memory.oom_control'), 'oom_kill'),
    taskRefusals: (name) => counter(path.join(branchOf('pids'), name, 'pids.events'), 'max'),
    remove(name) {
      for (const controller of controllers) remove(path.join(branchOf(controller), name));
    },
  };
}

function version2(root: string, home: string): Cgroups | null {
  const offered = readFileSync(path.join(root, 'cgroup.controllers'), 'utf8').split(/\s+/);
  if (!offered.includes('memory')) return null;
  const controllers = ['memory', 'pids', 'cpu'].filter((name) => offered.includes(name));
  const branch = path.join(root, 'dozen', home);
  mkdirSync(branch, { recursive: true });
  for (const parent of [root, path.join(root, 'dozen'), branch])
    writeFileSync(
      path.join(parent, 'cgroup.subtree_control'),
      controllers.map((name) => `+${name}`).join(' '),
    );
  return {
    limitsCpu: controllers.includes('cpu'),
    make(name, { memory, tasks, cpu }) {
      const folder = path.join(branch, name);
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, 'memory.max'), String(memory));
      if (existsSync(path.join(folder, 'memory.swap.max')))
        writeFileSync(path.join(folder, 'memory.swap.max'), '0');
      if (controllers.includes('pids')) writeFileSync(path.join(folder, 'pids.max'), String(tasks));
      if (cpu !== null && controllers.includes('cpu'))
        writeFileSync(path.join(folder, 'cpu.max'), `${quotaUs(cpu)} ${periodUs}`);
      return [folder];
    },
    memoryKills: (name) => counter(path.join(branch, name, 'memory.events'), 'oom_kill'),
    taskRefusals: (name) => counter(path.join(branch, name, 'pids.events'), 'max'),
    remove: (name) => remove(path.join(branch, name)),
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

function writable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}
