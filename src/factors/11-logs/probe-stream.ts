/** What the events of a run are like: where they go, whether a program can read them, and what they give away. */
import { broken, type Evidence, holds, type Probe, some, unproven } from '../law.ts';
import { faultsOf } from './probe-line.ts';
import { type SentField, type Told, toldIn } from './probe-sent.ts';

export interface StreamFacts {
  /** Lines of all processes once they were ready, in order of time. */
  readonly lines: readonly LoggedLine[];
  /** Paths of requests that were sent, without their queries. */
  readonly paths: readonly string[];
  /** Files that were opened to be written. */
  readonly opened: readonly OpenedFile[];
  /** Files with the paths of unknown requests in them. */
  readonly requestFiles: readonly RequestFile[];
  /** Lines of one more web process, which was sent a password where none belongs, and at which a visitor has signed in. */
  readonly furtherLines: readonly LoggedLine[];
  /** What requests were sent with as credentials. */
  readonly requestSecrets: readonly string[];
  /** What else they were sent with that is secret by its name. */
  readonly secretFields: readonly SentField[];
}

export interface LoggedLine {
  readonly process: string;
  readonly atMs: number;
  readonly text: string;
}

export interface OpenedFile {
  readonly process: string;
  readonly atMs: number;
  /** As it was opened, from `/`. */
  readonly path: string;
}

export interface RequestFile {
  readonly process: string;
  readonly atMs: number;
  readonly path: string;
  /** A line of it that names a request. */
  readonly text: string;
}

const source = 'https://12factor.net/logs';

export const writesNoLogFiles: Probe<StreamFacts> = {
  id: 'logs/writes-no-log-files',
  statement: 'Writes its log to no file',
  method: 'run',
  why: 'A file on the disk of a process goes with the process, fills its disk, and is seen by nobody who follows the stream.',
  source,
  how: 'Every opening of a file is recorded while the app serves. None that is opened to be written may have the name or the folder of a log, and none may hold lines that name requests.',
  blind:
    'A log under another name is found only where it names the requests. What npm writes about itself under .npm/_logs is not counted.',
  mend: 'Write events to standard output, and leave it to the platform where they are kept',
  fixes: {
    javascript: '// winston\nconst log = createLogger({ transports: [new transports.Console()] });',
    python:
      "LOGGING = {'version': 1, 'handlers': {'out': {'class': 'logging.StreamHandler', 'stream': 'ext://sys.stdout'}},\n           'root': {'handlers': ['out'], 'level': 'INFO'}}",
    ruby: '# config/environments/production.rb\nconfig.logger = ActiveSupport::Logger.new($stdout)',
  },
  judge: ({ opened, requestFiles }) => {
    const logs = opened.filter(({ path }) => isLogFile(path));
    const told = [
      ...logs.map(({ process, atMs, path }) => event(process, atMs, `opened ${path} to write to it`)),
      ...requestFiles.map(({ process, atMs, path, text }) =>
        event(process, atMs, `has written a line about a request to ${path}`, text.slice(0, 300)),
      ),
    ];
    const names = [...new Set([...logs, ...requestFiles].map(({ path }) => path))];
    if (some(told)) return broken(`It writes its log to ${names.slice(0, 3).join(', ')}`, told);
    return holds(`Of ${opened.length} files that were opened to be written none is a log`);
  },
};

export const writesLinesThatCanBeParsed: Probe<StreamFacts> = {
  id: 'logs/writes-lines-that-can-be-parsed',
  statement: 'Writes lines that a program can read',
  method: 'run',
  why: 'Events are searched, counted and alarmed on by programs. A sentence for people has to be guessed at.',
  source: 'https://brandur.org/logfmt',
  how: 'Each line that is written once the processes are ready is read as JSON and as logfmt. It must have a level, and the line of a request its method, path and status, of which another line with the same request id may have some. Nine of ten lines must be like that.',
  blind:
    'What the names of fields mean is not known: a level or a status under a name of its own is not found.',
  mend: 'Write each event as one line of JSON or logfmt, with level, and for a request method, path and status',
  fixes: {
    javascript:
      "const log = (level, event, fields) =>\n  console.log(JSON.stringify({ time: new Date(), level, event, ...fields }));\nlog('info', 'request', { method, path, status });",
    python:
      '# pip install structlog\nstructlog.configure(processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer()])',
    ruby: '# Gemfile: gem "lograge"\nconfig.lograge.enabled = true\nconfig.lograge.formatter = Lograge::Formatters::Json.new',
  },
  judge: ({ lines, paths }) => {
    const written = lines.filter(({ text }) => text.trim() !== '');
    if (!some(written)) return unproven('No line was written while requests were answered');
    const faults = faultsOf(written, paths);
    const share = Math.floor((100 * (written.length - faults.length)) / written.length);
    const examples = faults
      .slice(0, 5)
      .map(({ process, atMs, fault, text }) => event(process, atMs, fault, text.slice(0, 300)));
    if (share < leastShare && some(examples))
      return broken(
        `${share} % of ${written.length} lines can be read by a program, and ${leastShare} % must be`,
        examples,
      );
    const [first] = written;
    return holds(`${share} % of ${written.length} lines can be read by a program`, [
      event(first.process, first.atMs, 'wrote such a line', first.text.slice(0, 300)),
    ]);
  },
};

export const keepsRequestSecretsOut: Probe<StreamFacts> = {
  id: 'logs/keeps-request-secrets-out',
  statement: 'Writes no credential of a request',
  method: 'run',
  why: 'A log is read by more people and kept in more places than a credential may be.',
  source: 'https://cheatsheetseries.owasp.org/cheatsheets/Logging_Cheat_Sheet.html',
  how: 'Every request carries a random text as bearer token and as session cookie, or what its visitor has signed in with; two GETs of unknown paths have one as password in their body, as a form and as JSON. Where the scenario signs in, signs up or writes with a field that is named as secrets are (password, secret, pin, otp …), its value is one more. None of it must be in a line of any process.',
  blind:
    'A body is seen to be logged only where the scenario sends one, or the app reads that of a GET. A value of a field that is shorter than 8 characters, has letters alone or stands in another part of a request too is found only right behind the name of its field. What is written in another form, such as Base64, is not seen.',
  mend: 'Log fields that are chosen, not whole requests; leave out Authorization, Cookie and bodies',
  fixes: {
    javascript:
      "const log = pino({\n  redact: ['req.headers.authorization', 'req.headers.cookie', 'body.password'],\n});",
    python:
      "logger.info('request', extra={'method': request.method, 'path': request.path})  # not request.headers",
    ruby: '# config/initializers/filter_parameter_logging.rb\nRails.application.config.filter_parameters += %i[authorization cookie token password]',
  },
  judge: ({ lines, furtherLines, requestSecrets, secretFields }) => {
    const all = [...lines, ...furtherLines];
    const leaks = all.flatMap(({ process, atMs, text }) => {
      const told = toldIn(text, { credentials: requestSecrets, fields: secretFields });
      return told === null
        ? []
        : [{ told, event: event(process, atMs, `wrote ${told.what}`, around(text, told)) }];
    });
    const whats = [...new Set(leaks.map(({ told }) => told.what))].join(' or ');
    const evidence = leaks.map(({ event }) => event);
    if (some(evidence)) return broken(`${leaks.length} of ${all.length} lines hold ${whats}`, evidence);
    if (!some(lines)) return unproven('No line was written while requests were answered');
    const names = [...new Set(secretFields.map(({ name }) => name))];
    const also = names.length === 0 ? '' : `, the ${names.join(' and the ')} of a form or of JSON included`;
    return holds(`None of ${all.length} lines holds a credential that requests were sent with${also}`);
  },
};

export const streamProbes = [writesNoLogFiles, writesLinesThatCanBeParsed, keepsRequestSecretsOut];

const leastShare = 90;

function isLogFile(path: string): boolean {
  if (/^\/(dev|proc|sys)\//.test(path) || path.includes('/.npm/_logs/')) return false;
  return /\.log(\.\d+)?$/i.test(path) || /\/logs?\/[^/]/i.test(path);
}

const around = (text: string, { start, end }: Told): string => text.slice(Math.max(0, start - 120), end + 40);

function event(process: string, atMs: number, what: string, bytes?: string): Evidence {
  return { kind: 'event', process, atMs, what, ...(bytes === undefined ? {} : { bytes }) };
}
