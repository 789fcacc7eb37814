/** Whether each request leaves an event, and when it can be read. */
import { broken, type Evidence, holds, type Probe, some, unproven } from '../law.ts';

export interface RequestEventFacts {
  readonly requests: readonly RequestEvent[];
  /** How long an event was waited for. */
  readonly limitMs: number;
}

export interface RequestEvent {
  readonly process: string;
  /** `GET /` */
  readonly request: string;
  /** When its answer was whole. */
  readonly answeredAtMs: number;
  /** Null: there was no answer. */
  readonly status: number | null;
  /** The first line after it was sent; null: none in time, while the process lived. */
  readonly line: { readonly atMs: number; readonly text: string } | null;
  /** Where none came in time: the line that came when the process was stopped; null: none, or it was not needed. */
  readonly lateLine: { readonly atMs: number; readonly text: string } | null;
}

const source = 'https://12factor.net/logs';

export const writesAnEventForEachRequest: Probe<RequestEventFacts> = {
  id: 'logs/writes-an-event-for-each-request',
  statement: 'Writes an event to standard output for each request',
  method: 'run',
  why: 'What the app does is known from its stream of events alone. A request without an event cannot be looked into.',
  source,
  how: 'Three requests are sent, one after the other. After each a line must come on standard output or standard error, at the latest when the process is stopped.',
  blind:
    'The line need not name the request: one that the app writes for another reason in the same moment counts. A path that the app keeps out of its log on purpose, such as a health check, is not among the three unless it is the root.',
  mend: 'Write a line for each response when it has ended, with method, path and status',
  fixes: {
    javascript:
      "response.on('finish', () =>\n  console.log(JSON.stringify({ level: 'info', event: 'request', method, path, status: response.statusCode })));",
    python:
      "@app.after_request\ndef log(response):\n    logger.info('request', extra={'method': request.method, 'path': request.path, 'status': response.status_code})\n    return response",
    ruby: '# config/environments/production.rb\nconfig.logger = ActiveSupport::Logger.new($stdout)\nconfig.lograge.enabled = true',
  },
  judge: ({ requests, limitMs }) => {
    const answered = requests.filter(({ status }) => status !== null);
    if (!some(answered)) return unproven('No request was answered');
    const silent = answered.filter(({ line, lateLine }) => line === null && lateLine === null);
    const told = answered.flatMap((each) => storyOf(each, limitMs));
    if (silent.length > 0 && some(told))
      return broken(
        `${silent.length} of ${answered.length} requests left no line on standard output, the first ${silent[0]?.request}`,
        told,
      );
    return holds(`Each of ${answered.length} requests left a line on standard output`, told);
  },
};

export const writesAtOnce: Probe<RequestEventFacts> = {
  id: 'logs/writes-at-once',
  statement: 'Writes its events as they happen, not when a buffer is full',
  method: 'run',
  why: 'Events that wait in the process are missing when somebody watches, and lost when the process is killed.',
  source,
  how: 'After each of three requests a line must be there within a second, while the process lives. Where none is, the process is stopped, to see whether lines come then.',
  blind: 'A buffer that is emptied more often than every second looks like none.',
  mend: 'Write to standard output without a buffer, or empty it after each event',
  fixes: {
    javascript:
      '// pino: the default destination writes at once; minLength holds lines back\nconst log = pino(pino.destination({ fd: 1, minLength: 0 }));',
    python: '# Procfile\nweb: PYTHONUNBUFFERED=1 gunicorn app:app --bind 0.0.0.0:$PORT',
    ruby: '# config/environment.rb\n$stdout.sync = true',
  },
  judge: ({ requests, limitMs }) => {
    const answered = requests.filter(({ status }) => status !== null);
    const logged = answered.filter(({ line, lateLine }) => line !== null || lateLine !== null);
    if (!some(logged)) return unproven('No request left a line, at once or later');
    const late = logged.filter(({ line }) => line === null);
    const told = logged.flatMap((each) => storyOf(each, limitMs));
    if (late.length > 0 && some(told))
      return broken(
        `Lines of ${late.length} of ${logged.length} requests came only when the process was stopped`,
        told,
      );
    const longest = Math.max(...logged.map(({ line, answeredAtMs }) => (line?.atMs ?? 0) - answeredAtMs));
    return holds(
      `Each of ${logged.length} requests had its line within ${Math.max(1, longest)} ms of its answer, while the process lived`,
      told,
    );
  },
};

export const requestEventProbes = [writesAnEventForEachRequest, writesAtOnce];

function storyOf(each: RequestEvent, limitMs: number): readonly Evidence[] {
  const { process, request, answeredAtMs, status, line, lateLine } = each;
  const answer = event(process, answeredAtMs, `answered ${request} with ${status}`);
  if (line !== null) return [answer, event(process, line.atMs, 'wrote a line', line.text.slice(0, 300))];
  const silence = event(process, answeredAtMs + limitMs, `had written no line for ${request}`);
  if (lateLine === null) return [answer, silence];
  const late = event(process, lateLine.atMs, 'wrote it when it was stopped', lateLine.text.slice(0, 300));
  return [answer, silence, late];
}

function event(process: string, atMs: number, what: string, bytes?: string): Evidence {
  return { kind: 'event', process, atMs, what, ...(bytes === undefined ? {} : { bytes }) };
}
