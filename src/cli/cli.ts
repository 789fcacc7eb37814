/** Dozen's command line: finds the command and says what went wrong. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { asDozenError, userError } from '../base/error.ts';
import { type Command, type Doors, exitCodeOf } from './command.ts';
import { renderError } from './render-error.ts';

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const commands: Readonly<Record<string, Entry>> = {
  up: {
    summary: 'run the app in a folder, as production will run it',
    load: async () => (await import('./up.ts')).up,
  },
};

export async function runCommand(args: readonly string[], doors: Doors): Promise<number> {
  const [name, ...rest] = args;
  try {
    if (name === undefined || name === 'help' || name === '--help' || name === '-h') return print(usage());
    if (name === '--version' || name === '-v' || name === 'version') return print(`dozen ${version()}`);
    const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (entry === undefined) {
      throw userError(
        'COMMAND_UNKNOWN',
        `Cannot run ${JSON.stringify(name.slice(0, 80))}: there is no such command`,
        { hint: 'dozen --help' },
      );
    }
    return await (await entry.load())(rest, doors);
  } catch (error) {
    const coded = asDozenError(error);
    process.stderr.write(
      rest.includes('--json')
        ? `${JSON.stringify({ kind: 'failed', error: coded })}\n`
        : renderError(coded.toJSON(), process.stderr),
    );
    if (process.env.DOZEN_DEBUG === '1') console.error(error);
    return exitCodeOf(coded.fault);
  }
}

function usage(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`);
  return `Dozen runs twelve-factor apps: on a laptop as in production.

Usage: dozen COMMAND [options]

${lines.join('\n')}

  --help      this, or a command's own help: dozen up --help
  --version   the version

Examples
  dozen up                       run the app in this folder from its last commit
  dozen up examples/guestbook    run the one in another folder`;
}

function version(): string {
  const manifest = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../package.json'), 'utf8'));
  return String(manifest.version);
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}
