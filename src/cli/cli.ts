/** Dozen's command line: finds the command and says what went wrong. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { asDozenError, userError } from '../base/error.ts';
import { type Doors, exitCodeOf } from './command.ts';
import { commands, findCommand, groups } from './commands.ts';
import { renderError } from './render-error.ts';
import { helpOf, readArguments, type Spec } from './spec.ts';
import { columns, readingWidth } from './wrap.ts';

export async function runCommand(args: readonly string[], doors: Doors): Promise<number> {
  const [name] = args;
  endWithReader();
  try {
    if (name === undefined || name === 'help' || name === '--help' || name === '-h') return print(usage());
    if (name === '--version' || name === '-v' || name === 'version') return print(`dozen ${version()}`);
    if (name === 'up') return await (await import('./up.ts')).up(args.slice(1), doors);
    const found = findCommand(args);
    if (found === null) throw unknown(name);
    const spec = await found.load();
    const given = readArguments(spec, found.rest);
    return given === null ? print(help(spec)) : await spec.run(given, doors);
  } catch (error) {
    const coded = asDozenError(error);
    process.stderr.write(
      args.includes('--json')
        ? `${JSON.stringify({ kind: 'failed', error: coded })}\n`
        : renderError(coded.toJSON(), process.stderr),
    );
    if (process.env.DOZEN_DEBUG === '1') console.error(error);
    return exitCodeOf(coded.fault);
  }
}

/** Whoever reads our output, `head` for example, has had enough. */
function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}

function unknown(name: string): Error {
  return userError(
    'COMMAND_UNKNOWN',
    `Cannot run ${JSON.stringify(name.slice(0, 80))}: there is no such command`,
    { hint: 'dozen --help' },
  );
}

function help(spec: Spec): string {
  const others = Object.entries(commands)
    .filter(([name]) => name.startsWith(`${spec.name} `))
    .map(([name, [summary]]) => [name, summary] as const);
  return helpOf(spec, { width: readingWidth(process.stdout), others });
}

function usage(): string {
  const shown = {
    Laptop: { up: ['runs the app in a folder, as production will run it'] },
    ...groups,
  } as const;
  const sections = Object.entries(shown).map(([group, entries]) => {
    const rows = Object.entries(entries).map(([name, [summary]]) => [name.padEnd(18), summary] as const);
    return `${group}\n${columns(rows, readingWidth(process.stdout))}`;
  });
  return `Dozen runs twelve-factor apps: on a laptop as in production.

Usage: dozen COMMAND [options]

${sections.join('\n\n')}

  --help      this, or a command's own help: dozen config set --help
  --version   the version

Examples
  dozen up                       run the app in this folder from its last commit
  dozen apps create shop         make an app on the server
  git push dozen main            deploy to it`;
}

function version(): string {
  const manifest = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../package.json'), 'utf8'));
  return String(manifest.version);
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}
