/** Whether every process type is a process that the platform can look after. */
import { broken, type Evidence, holds, type Probe, some, unproven } from '../law.ts';

/** One process of every type, started once, its system calls recorded, looked at after requests were sent. */
export interface ProcessTypeFacts {
  readonly processes: readonly TypeProcess[];
}

export interface TypeProcess {
  readonly name: string;
  readonly type: string;
  readonly command: string;
  readonly startedAt: number;
  /** When it was looked at. */
  readonly atMs: number;
  /** Null: something of it was alive. */
  readonly ending: { readonly atMs: number; readonly how: string } | null;
  /** Why it did not become ready; null when it did. */
  readonly failure: string | null;
  /** What it printed last, oldest first. */
  readonly lastLines: readonly string[];
  /** Whether the command that was started was alive. */
  readonly mainLives: boolean;
  /** What of it was alive beside that command's own process. */
  readonly others: readonly OtherProcess[];
  /** Files that it opened, or tried to open, to write to. */
  readonly written: readonly { readonly atMs: number; readonly path: string }[];
}

export interface OtherProcess {
  readonly argv: readonly string[];
  /** Whether its session is the command's. */
  readonly sameSession: boolean;
  /** Whether its parent has ended, so that nothing of the app waits for it. */
  readonly orphan: boolean;
}

const source = 'https://12factor.net/concurrency';

export const startsEveryProcessType: Probe<ProcessTypeFacts> = {
  id: 'concurrency/starts-every-process-type',
  statement: 'Has only process types that start and stay',
  method: 'run',
  why: 'A process type is what the platform keeps running and scales. What ends by itself is started again and again; it is a release phase, a schedule or a one-off.',
  source,
  how: 'One process of every type of the Procfile but release is started, and must be alive two seconds later, after requests were sent.',
  blind: 'A process that ends by itself later than that is taken for one that stays.',
  mend: 'Take what ends by itself out of the Procfile and run it as a release phase, a schedule or a one-off',
  fixes: {
    javascript: '# Procfile\nrelease: node migrate.js\nweb: node server.js\n# not: migrate: node migrate.js',
    python:
      '# Procfile\nrelease: python manage.py migrate\nweb: gunicorn app.wsgi\n# not: migrate: python manage.py migrate',
    ruby: '# Procfile\nrelease: bin/rails db:migrate\nweb: bundle exec puma\n# not: migrate: bin/rails db:migrate',
  },
  judge: ({ processes }) => {
    const gone = processes.flatMap(({ name, command, ending, lastLines }) =>
      ending === null
        ? []
        : [event(name, ending.atMs, `ended by itself with ${ending.how}: ${command}`, lastLines.join('\n'))],
    );
    if (some(gone)) {
      const ended = processes.filter(({ ending }) => ending !== null);
      const [first] = ended;
      const lived = (first?.ending?.atMs ?? 0) - (first?.startedAt ?? 0);
      return broken(
        `${ended.map(({ type }) => type).join(', ')} ended by itself, the first after ${lived} ms`,
        gone,
        ended.some(({ ending, type }) => ending?.how !== 'code 0' || type === 'web')
          ? 'Mend what ends it: its last lines tell. What is meant to end belongs into the release phase, a schedule or a one-off'
          : undefined,
      );
    }
    const unready = processes.find(({ failure }) => failure !== null);
    if (unready !== undefined)
      return unproven(`${unready.name} lives and was never ready: ${unready.failure}`);
    return holds(
      `Every process type starts and stays: ${processes.map(({ type }) => type).join(', ')}`,
      processes.map(({ name, atMs, startedAt }) =>
        event(name, atMs, `was alive ${atMs - startedAt} ms after its start`),
      ),
    );
  },
};

export const staysInTheForeground: Probe<ProcessTypeFacts> = {
  id: 'concurrency/stays-in-the-foreground',
  statement: 'Leaves no process behind in the background',
  method: 'run',
  why: 'The platform restarts what ends, stops what it started and reads its output. A daemon is out of its sight: it looks as if it had ended.',
  source,
  how: 'One process of every type runs with its processes known. The command that was started must be alive, and no process in a session of its own may be left without a parent.',
  blind:
    'A process that goes into the background later than two seconds after its start, or ends at once when it has, is not seen.',
  mend: 'Run the server itself as the last command, without "daemon" options, "&" or nohup',
  fixes: {
    javascript:
      '# Procfile\nweb: node server.js\n# not: pm2 start server.js; inside a container of its own: pm2-runtime',
    python: '# Procfile\nweb: gunicorn app:app --bind 0.0.0.0:$PORT\n# not: --daemon',
    ruby: '# Procfile\nweb: bundle exec puma -p $PORT\n# not: -d, and in config/puma.rb no daemonize',
  },
  judge: ({ processes }) => {
    const left = processes.flatMap((each) =>
      each.others.filter((other) => isLeft(each, other)).map((other) => leftEvent(each, other)),
    );
    if (some(left)) {
      const without = processes.find(({ mainLives, others }) => !mainLives && others.length > 0);
      return broken(
        without === undefined
          ? 'It puts a process into a session of its own and leaves it there'
          : `The command of ${without.type} ended, and what it had started lives on in the background`,
        left,
      );
    }
    const gone = processes.filter(({ mainLives }) => !mainLives);
    if (gone.length > 0)
      return unproven(`${gone.map(({ type }) => type).join(', ')} had ended before it could be looked at`);
    return holds(
      `Every command stays in the foreground: ${processes.map(({ type }) => type).join(', ')}`,
      processes.map(({ name, atMs, command }) => event(name, atMs, 'runs its command', command)),
    );
  },
};

export const writesNoPidFile: Probe<ProcessTypeFacts> = {
  id: 'concurrency/writes-no-pid-file',
  statement: 'Writes no PID file',
  method: 'run',
  why: 'The platform knows the processes it started. A PID file stays behind after a crash, names a stranger, and may keep the next start from happening.',
  source,
  how: 'Which files every process type opens to write to is recorded from its start until requests were sent: none may be named as PID files are.',
  blind: 'A PID file under another name, such as server.lock, is not seen.',
  mend: 'Remove the option that names a PID file',
  fixes: {
    javascript: "// removed:\n// writeFileSync('/tmp/app.pid', String(process.pid));",
    python: '# Procfile\nweb: gunicorn app:app --bind 0.0.0.0:$PORT\n# not: --pid app.pid',
    ruby: "# config/puma.rb: removed\n# pidfile ENV.fetch('PIDFILE', 'tmp/pids/server.pid')",
  },
  judge: ({ processes }) => {
    const files = processes.flatMap(({ name, written }) =>
      written
        .filter(({ path }) => isPidFile(path))
        .map(({ path, atMs }) => ({ path, event: event(name, atMs, `opened ${path} to write to it`) })),
    );
    const paths = [...new Set(files.map(({ path }) => path))];
    const events = files.map((file) => file.event);
    if (some(events)) return broken(`It writes a PID file: ${paths.join(', ')}`, events);
    return holds(
      'No process opened a PID file to write to it',
      processes.map(({ name, atMs, written }) =>
        event(name, atMs, `had opened ${written.length} files to write to`),
      ),
    );
  },
};

function isLeft({ mainLives }: TypeProcess, { sameSession, orphan }: OtherProcess): boolean {
  return !mainLives || (orphan && !sameSession);
}

function leftEvent({ name, atMs }: TypeProcess, { argv, sameSession }: OtherProcess): Evidence {
  const where = sameSession ? '' : ', in a session of its own';
  return event(name, atMs, `left a process in the background${where}`, argv.join(' '));
}

/** `app.pid`, `server.pid.1`, `pidfile`, `tmp/pids/web`. */
function isPidFile(path: string): boolean {
  if (!/^\/(?:app|tmp|run|var)\//.test(path)) return false;
  return (
    /(?:^|[._-])pid(?:file)?(?:\.\d+)?$/i.test(path.split('/').at(-1) ?? '') || /\/pids\/[^/]+$/.test(path)
  );
}

function event(process: string, atMs: number, what: string, bytes?: string): Evidence {
  return { kind: 'event', process, atMs, what, ...(bytes === undefined || bytes === '' ? {} : { bytes }) };
}
