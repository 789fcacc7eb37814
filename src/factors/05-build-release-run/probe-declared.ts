/** Whether an app says what is run of its build, and keeps the release phase out of it. */
import { broken, type Evidence, holds, notApplicable, type Probe, some } from '../law.ts';

/** What the tree declares to be run. */
export interface RunDeclarationFacts {
  /** Where commands stand; null: nowhere. */
  readonly file: string | null;
  /** Of every process type, `release` not among them. */
  readonly commands: readonly DeclaredCommand[];
  /** Why the declaration cannot be read; null: it can. */
  readonly complaint: { readonly message: string; readonly at: Evidence } | null;
  /** Where one looks for it, for when it is not there. */
  readonly absence: Evidence;
  /** Whether it is a site of files alone, which its builder brings a server for. */
  readonly site: boolean;
}

export interface DeclaredCommand {
  readonly type: string;
  readonly command: string;
  /** The commands it is made of, scripts of the manifest put in their places. */
  readonly steps: readonly string[];
  readonly at: Evidence;
}

export const declaresHowItIsRun: Probe<RunDeclarationFacts> = {
  id: 'build-release-run/declares-how-it-is-run',
  statement: 'Declares how it is run, with release work in a phase of its own',
  method: 'source',
  why: 'The run stage starts processes of a release and does nothing else. Migrations in a start command run once for every process, at once, and hold up each restart.',
  source: 'https://12factor.net/build-release-run',
  how: 'The Procfile, or else the start script of package.json, is read. Scripts it names are put in their places, and a migration before the last command is release work.',
  blind:
    'Migrations that the program itself runs when it starts, or that a script of the app runs under another name, are not seen.',
  mend: 'Name each process type in a Procfile, with migrations in its release line and in no other',
  fixes: {
    javascript: '# Procfile\nrelease: node migrate.js\nweb: node server.js',
    python: '# Procfile\nrelease: python manage.py migrate\nweb: gunicorn app.wsgi --bind 0.0.0.0:$PORT',
    ruby: '# Procfile\nrelease: bin/rails db:migrate\nweb: bundle exec puma -p $PORT',
  },
  judge: ({ file, commands, complaint, absence, site }) => {
    if (complaint !== null)
      return broken(complaint.message, [complaint.at], 'Write each line of the Procfile as TYPE: COMMAND');
    if (file === null && site)
      return notApplicable('It is a site of files, whose server comes with its builder');
    if (file === null)
      return broken(
        'Nothing says how it is run: there is no Procfile, and no start script',
        [absence],
        'Name each process type in a Procfile, as web: COMMAND',
      );
    const mixed = commands.flatMap(({ type, steps, at }) => {
      const work = steps.slice(0, -1).find(isReleaseWork);
      return work === undefined ? [] : [{ type, work, at }];
    });
    if (some(mixed)) {
      const [{ type, work, at }, ...more] = mixed;
      return broken(`Starting ${type} runs ${JSON.stringify(work)} first, which is for the release phase`, [
        at,
        ...more.map((each) => each.at),
      ]);
    }
    return holds(
      `${file} declares ${commands.map(({ type }) => type).join(', ')}, and none does release work`,
      commands.map(({ at }) => at),
    );
  },
};

const release =
  /\b(migrat(e|ions?)|db:(push|prepare|setup|seed|upgrade|schema:load)|db (push|upgrade)|alembic upgrade|dbmate up)\b/i;
/** They name a place or a word, and do nothing of it. */
const idle = /^(cd|echo|export|mkdir|rm|test|\[|:|true|set)(\s|$)/;

function isReleaseWork(step: string): boolean {
  return !idle.test(step) && release.test(step);
}
