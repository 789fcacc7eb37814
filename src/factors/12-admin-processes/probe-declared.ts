/** What the prover says of admin commands and migrations that an app declares. */
import { broken, type Evidence, holds, notApplicable, type Probe, some, unproven } from '../law.ts';

export interface ShippedFacts {
  readonly commands: readonly DeclaredCommand[];
}

/** A command of the release phase, a schedule, a postdeploy script or the scenario. */
export interface DeclaredCommand {
  readonly command: string;
  readonly at: Evidence;
  readonly code: CommandCode;
}

/**
 * `shipped`: what it names is in the tree, or the build makes it, or a dependency brings it. `missing` and `ignored`: a file or
 * script that it names is not there, or `.slugignore` leaves it out. `unknown`: it cannot be told what it runs.
 */
export type CommandCode =
  | { readonly kind: 'shipped'; readonly what: string }
  | { readonly kind: 'missing'; readonly what: string }
  | { readonly kind: 'ignored'; readonly what: string; readonly by: Evidence }
  | { readonly kind: 'unknown'; readonly what: string };

export interface MigrationsFacts {
  /** Migrations, or the configuration of a tool that makes them. */
  readonly migrations: readonly { readonly what: string; readonly at: Evidence }[];
  /** Commands that would run them. */
  readonly commands: readonly { readonly command: string; readonly at: Evidence }[];
}

const source = 'https://12factor.net/admin-processes';

export const shipsAdminCodeWithTheApp: Probe<ShippedFacts> = {
  id: 'admin-processes/ships-admin-code-with-the-app',
  statement: 'Ships the code of its admin commands with the app',
  method: 'source',
  why: 'Admin code that is not part of the release runs against it from somewhere else, in another version',
  source,
  how: 'Follow each command that Procfile (release), app.json (schedule, postdeploy) and the scenario (admin) declare to the file it names, in the commit and, where the app was built, in the build',
  blind:
    'Admin commands that nobody declared; what a file loads in its turn; programs of the machine; with --static, a compiled file is taken as made when its source is in the tree',
  mend: 'Commit what the command names, keep it out of .slugignore, or name the file that is there',
  fixes: {
    javascript:
      '// app.json\n"dozen": {\n  "schedule": [\n    { "name": "tidy", "command": "node scripts/tidy.js", "cron": "0 3 * * *" }\n  ]\n}',
    python:
      '# Procfile: a module of the app, not a copy elsewhere\nrelease: python manage.py migrate\nweb: gunicorn shop.wsgi',
    ruby: '# Procfile: a task of the app, not a copy elsewhere\nrelease: bundle exec rake db:migrate\nweb: bundle exec puma',
  },
  judge({ commands }) {
    if (commands.length === 0)
      return notApplicable(
        'No command is declared as a release phase, a schedule, a postdeploy script or admin',
      );
    const away = commands.flatMap(({ code, at }) => {
      if (code.kind === 'missing') return [{ told: `${code.what} is not in the commit`, evidence: [at] }];
      return code.kind === 'ignored'
        ? [{ told: `${code.what} is left out by .slugignore`, evidence: [at, code.by] }]
        : [];
    });
    const evidence = away.flatMap((one) => one.evidence);
    if (some(evidence)) return broken(listed(away.map(({ told }) => told)), evidence, mendOfAway(commands));
    const unknown = commands.filter(({ code }) => code.kind === 'unknown');
    if (unknown.length > 0)
      return unproven(
        listed(
          unknown.map(
            ({ command, code }) => `It cannot be told that ${code.what} of "${command}" comes with the app`,
          ),
        ),
      );
    return holds(
      listed(commands.map(({ command, code }) => `"${command}" runs ${code.what}`)),
      commands.map(({ at }) => at),
    );
  },
};

/** Undefined: some are missing, some are left out. */
function mendOfAway(commands: readonly DeclaredCommand[]): string | undefined {
  const kinds = new Set(commands.map(({ code }) => code.kind));
  if (!kinds.has('missing')) return 'Take what the command runs out of .slugignore';
  return kinds.has('ignored') ? undefined : 'Commit what the command names, or name the file that is there';
}

export const declaresItsMigrations: Probe<MigrationsFacts> = {
  id: 'admin-processes/declares-its-migrations',
  statement: 'Declares the command that runs its migrations',
  method: 'source',
  why: 'A migration that somebody runs by hand from their own machine runs with other code and other config than the release',
  source,
  how: 'Look for migrations in the tree, and for a command in Procfile, app.json, package.json or the scenario that would run them. A command of that kind is enough where no migrations are found',
  blind:
    'A command is known by the word migrate or by the tool it names: one with another name is not seen, and one of that name may do something else. Migrations are known by their folder or by the settings of their tool',
  mend: 'Name the command that migrates, best as the release phase',
  fixes: {
    javascript: '# Procfile\nrelease: node migrate.js\nweb: node server.js',
    python: '# Procfile\nrelease: alembic upgrade head\nweb: gunicorn shop:app',
    ruby: '# Procfile\nrelease: bundle exec rails db:migrate\nweb: bundle exec puma',
  },
  judge({ migrations, commands }) {
    const evidence = migrations.map(({ at }) => at);
    const [command] = commands;
    if (!some(evidence)) {
      return command === undefined
        ? notApplicable('The tree has no migrations, and no command that would run any')
        : holds(`"${command.command}" is declared; no folder of migrations is known beside it`, [command.at]);
    }
    const names = listed(
      migrations.map(({ what }) => what),
      ', ',
    );
    if (command === undefined)
      return broken(`There are migrations (${names}) and no command that would run them`, evidence);
    return holds(`${names} is run by "${command.command}"`, [command.at]);
  },
};

/** The first few, and how many more there are. */
function listed(told: readonly string[], between = '; '): string {
  const rest = told.length - 5;
  return rest > 0 ? `${told.slice(0, 5).join(between)} and ${rest} more` : told.join(between);
}

export const declaredProbes = [shipsAdminCodeWithTheApp, declaresItsMigrations] as const;
