import { describeExit, type Exit } from './process.ts';

/** How an end is told in a log: in the words that Heroku has published where there are some. */
export function sentencesOf(exit: Exit): readonly string[] {
  switch (exit.kind) {
    case 'code':
      return [exited(exit.code)];
    case 'signal':
      return [exited(128 + exit.signal)];
    case 'memory':
      return [
        'Error R15 (Memory quota vastly exceeded)',
        `Process ended: ${describeExit(exit)}`,
        exited(137),
      ];
    case 'disk':
      return [`Process ended: ${describeExit(exit)}`, exited(137)];
    case 'unknown':
    case 'not-started':
      return [`Process ended: ${describeExit(exit)}`];
  }
}

/** A shell's number: 128 and the signal's for one that a signal ended. */
function exited(status: number): string {
  return `Process exited with status ${status}`;
}
