import type { Exit } from './process.ts';

/** An exit as a shell's `$?` has it; 70, a fault of the platform's, where there is nothing to know. */
export function exitStatus(exit: Exit): number {
  switch (exit.kind) {
    case 'code':
      return exit.code;
    case 'signal':
      return 128 + exit.signal;
    case 'memory':
    case 'disk':
      return 128 + 9;
    case 'unknown':
    case 'not-started':
      return 70;
  }
}
