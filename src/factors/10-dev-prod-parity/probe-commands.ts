/** What the prover says of the commands that start an app in development and in production. */
import { broken, type Evidence, holds, notApplicable, type Probe, some, unproven } from '../law.ts';

export interface CommandsFacts {
  readonly pairs: readonly StartPair[];
}

/** Two places that say how one type of process is started. */
export interface StartPair {
  readonly type: string;
  readonly production: StartCommand;
  readonly other: StartCommand;
}

export interface StartCommand {
  readonly command: string;
  /** Its program and the file it runs, watchers and wrappers left out; null: it cannot be told. */
  readonly program: string | null;
  readonly at: Evidence;
}

export const startsWithTheSameCommand: Probe<CommandsFacts> = {
  id: 'dev-prod-parity/starts-with-the-same-command',
  statement: 'Starts the same program in development and in production',
  method: 'source',
  why: 'A development server handles connections, errors and signals in its own way; what it hides appears in production',
  source: 'https://12factor.net/dev-prod-parity',
  how: 'Compare what Procfile, Procfile.dev, the start script, compose files and the Dockerfile start for each process type; watchers around one program are the same program',
  blind:
    'What shell scripts, make and other launchers start; different flags of one program; what a program does by the name of its environment',
  mend: 'Start in development what production starts, with a watcher around it if you like',
  fixes: {
    javascript: '# Procfile\nweb: node server.js\n# Procfile.dev\nweb: node --watch server.js',
    python: '# Procfile\nweb: gunicorn shop:app\n# Procfile.dev\nweb: gunicorn --reload shop:app',
    ruby: '# Procfile\nweb: bundle exec puma -C config/puma.rb\n# Procfile.dev\nweb: bundle exec puma -C config/puma.rb',
  },
  judge({ pairs }) {
    const different = pairs.filter(
      ({ production, other }) =>
        production.program !== null && other.program !== null && production.program !== other.program,
    );
    const evidence = different.slice(0, 5).flatMap(({ production, other }) => [production.at, other.at]);
    if (some(evidence))
      return broken(
        listed(
          different.map(
            ({ type, production, other }) =>
              `${type} is "${production.command}" in production and "${other.command}" elsewhere`,
          ),
        ),
        evidence,
      );
    if (pairs.length === 0) return notApplicable('Only one place says how each process type is started');
    const unknown = pairs
      .flatMap(({ production, other }) => [production, other])
      .filter(({ program }) => program === null);
    if (unknown.length > 0) {
      const commands = [...new Set(unknown.map(({ command }) => `"${command}"`))];
      return unproven(`It cannot be told which program is started by ${listed(commands, ', ')}`);
    }
    return holds(
      listed(
        pairs.map(({ type, production }) => `${type} starts ${production.program} wherever it is named`),
      ),
      pairs.flatMap(({ production, other }) => [production.at, other.at]),
    );
  },
};

/** The first few, and how many more there are. */
function listed(told: readonly string[], between = '; '): string {
  const rest = told.length - 5;
  return rest > 0 ? `${told.slice(0, 5).join(between)} and ${rest} more` : told.join(between);
}
