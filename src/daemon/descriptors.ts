/**
 * Closes what this process inherited open from whoever started it, but for the standard three: a descriptor of a terminal
 * multiplexer or of a shell must not end up in an app. Node opens its own with close-on-exec, which tells them apart.
 */
import { closeSync, readdirSync, readFileSync } from 'node:fs';

const closeOnExec = 0o2000000;

export function closeInherited(): void {
  for (const descriptor of inheritedDescriptors()) closeSync(descriptor);
}

/** Those above standard error that a program started from here would get too. */
export function inheritedDescriptors(): number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((descriptor) => descriptor > 2 && isInherited(descriptor));
}

/** False also for the one that listed the folder, which is closed by now. */
function isInherited(descriptor: number): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
