/** Whether a visitor is remembered by whichever process answers. */
import { broken, type Evidence, holds, type Judgement, notApplicable, type Probe, unproven } from '../law.ts';
import { type Asked, answerOf, told } from './probe-asked.ts';

export type SessionRun =
  /** The scenario has no session: what was asked all the same, and the cookies that answers have set. */
  | {
      readonly kind: 'untold';
      readonly requests: readonly string[];
      readonly cookies: readonly SetCookie[];
      /** Dependencies by which apps remember visitors, such as `express-session`. */
      readonly packages: readonly string[];
    }
  | {
      readonly kind: 'run';
      readonly begin: Asked;
      /** Names of the cookies that it set, and of what else the visitor keeps of it. */
      readonly cookies: readonly string[];
      /** `check` without a cookie; null: not asked, for what came before had failed. */
      readonly stranger: Asked | null;
      /** `check` with the cookies, through the process that set them. */
      readonly own: Asked | null;
      readonly other: Asked | null;
      /** Through a new process, after all others were killed. */
      readonly restarted: Asked | null;
    };

export interface SetCookie {
  readonly process: string;
  readonly atMs: number;
  readonly request: string;
  readonly name: string;
}

interface Facts {
  readonly session: SessionRun;
}

export const keepsSessions: Probe<Facts> = {
  id: 'processes/keeps-sessions-between-instances',
  statement: 'Remembers a visitor in every process and over a restart',
  method: 'run',
  why: 'A session in the memory or on the disk of one process needs a router that keeps its visitors there, and ends with it.',
  source: 'https://12factor.net/processes',
  how: "The scenario's session begins through one web process; its check is sent with the cookie to that one, to another, and to a new one after both were killed.",
  blind:
    'Without a session in the scenario an app seems to have none when no answer to its requests sets a cookie and no dependency speaks of sessions, cookies or logins.',
  mend: 'Keep sessions in a backing service, or whole in a cookie that is signed with a secret from the config',
  fixes: {
    javascript:
      '// connect-redis\napp.use(session({\n  store: new RedisStore({ client }),\n  secret: process.env.SESSION_SECRET,\n}));',
    python:
      "# settings.py of Django\nSECRET_KEY = os.environ['SECRET_KEY']\nSESSION_ENGINE = 'django.contrib.sessions.backends.db'",
    ruby: "# config/initializers/session_store.rb, with SECRET_KEY_BASE from the config\nRails.application.config.session_store :cookie_store, key: '_app'",
  },
  judge: ({ session }) => (session.kind === 'untold' ? withoutRun(session) : judgeRun(session)),
};

const askForSession = [
  'session:',
  '  begin: { request: POST /login, form: { name: dozen } }',
  '  check: { request: GET /me, matches: dozen }',
].join('\n');

type Untold = SessionRun & { readonly kind: 'untold' };
type Run = SessionRun & { readonly kind: 'run' };

function withoutRun({ requests, cookies, packages }: Untold): Judgement {
  if (cookies.length === 0 && packages.length > 0)
    return unproven(
      `The app depends on ${packages.join(', ')}, no answer set a cookie (${requests.join(', ')}), and the scenario has no session`,
      askForSession,
    );
  if (cookies.length === 0) return notApplicable(`No answer set a cookie: ${requests.join(', ')}`);
  const names = [...new Set(cookies.map(({ name }) => name))];
  return {
    ...unproven(
      `The app sets ${names.join(', ')} as a cookie, and the scenario has no session`,
      askForSession,
    ),
    evidence: cookies.map(({ process, atMs, request, name }) => ({
      kind: 'event',
      process,
      atMs,
      what: `set the cookie ${name} in its answer to ${request}`,
    })),
  };
}

function judgeRun({ begin, cookies, stranger, own, other, restarted }: Run): Judgement {
  const tell = (...asked: readonly (Asked | null)[]): readonly Evidence[] =>
    asked.flatMap((each) => (each === null ? [] : [told(each)]));
  const cannot = (because: string): Judgement => ({
    ...unproven(because),
    evidence: tell(begin, stranger, own),
  });
  if (!begin.asExpected) return cannot(`${answerOf(begin)}, not as the scenario says`);
  if (cookies.length === 0) return cannot(`${answerOf(begin)} and gave the visitor no cookie`);
  if (stranger?.asExpected === true)
    return cannot(`${answerOf(stranger)} as the scenario says, though without the cookie`);
  if (own?.asExpected !== true)
    return cannot(
      `${answerOf(own ?? begin)}, not as the scenario says, though it is the process that set the cookie`,
    );
  const forgot = [other, restarted].find((asked) => asked !== null && !asked.asExpected);
  if (forgot !== undefined && forgot !== null) {
    const when = forgot === restarted ? ' after a restart' : '';
    return broken(
      `A visitor whom ${own.process} knows was forgotten${when}: ${answerOf(forgot)}, not as the scenario says`,
      [told(begin), ...tell(own, other, restarted)],
    );
  }
  if (other === null || restarted === null) return cannot('No other web process came up to be asked');
  return holds(
    `A visitor whom ${own.process} knows was known by ${other.process}, and by a new process after both were killed`,
    tell(begin, own, other, restarted),
  );
}
