/** Whether an error is one event, with its stack trace in it. */
import { broken, type Evidence, holds, type Probe, some, unproven } from '../law.ts';

export interface ErrorFacts {
  readonly process: string;
  /** What was done to make it fail: `GET /fail was sent`. */
  readonly provocation: string;
  readonly provokedAtMs: number;
  /** Whether it is a request that the scenario says fails. */
  readonly named: boolean;
  /** What it wrote after that, in order. */
  readonly lines: readonly { readonly atMs: number; readonly text: string }[];
}

export const keepsAStackTraceInOneEvent: Probe<ErrorFacts> = {
  id: 'logs/keeps-a-stack-trace-in-one-event',
  statement: 'Writes an error with its stack trace as one event',
  method: 'run',
  why: 'Lines of several processes are mixed in one stream. A trace in many lines is torn apart, and none of its lines tells what it belongs to.',
  source: 'https://12factor.net/logs',
  how: 'The request that the scenario names as failing is sent, or else the database is taken away while requests come. What is written then must not be a trace that goes over several lines.',
  blind:
    'One kind of error is provoked. An exception that ends the process is printed by the language itself, and is not seen unless that is how this error ends.',
  mend: 'Log the error as one line, with the trace in a field of it',
  fixes: {
    javascript:
      "log({ level: 'error', event: 'request-failed', error: error.message, stack: error.stack });\n// where log writes one JSON.stringify(…) and a newline",
    python:
      '# pip install python-json-logger\nhandler.setFormatter(JsonFormatter())\nlogger.exception("request failed")',
    ruby: 'logger.error({ event: "request-failed", error: e.message, stack: e.backtrace.join("\\n") }.to_json)',
  },
  judge: ({ process, provocation, provokedAtMs, named, lines }) => {
    const cause = event(process, provokedAtMs, provocation);
    const frames = lines.filter(({ text }) => isFrame(text));
    if (some(frames)) {
      const [first] = frames;
      const above = lines[lines.indexOf(first) - 1];
      return broken(`A stack trace is written over ${frames.length + 1} lines`, [
        cause,
        ...(above === undefined
          ? []
          : [event(process, above.atMs, 'wrote a line', above.text.slice(0, 300))]),
        ...frames
          .slice(0, 4)
          .map(({ atMs, text }) => event(process, atMs, 'wrote a line of a stack trace', text.slice(0, 300))),
      ]);
    }
    const traces = lines.filter(({ text }) => holdsTrace(text));
    const errors = traces.length > 0 ? traces : lines.filter(({ text }) => tellsOfError(text));
    const told = [
      cause,
      ...errors
        .slice(0, 4)
        .map(({ atMs, text }) => event(process, atMs, 'wrote one line', text.slice(0, 600))),
    ];
    if (traces.length > 0) return holds(`${provocation}: the stack trace is in one line of the log`, told);
    if (errors.length > 0) return holds(`${provocation}: ${errorsLogged(errors.length)}`, told);
    const nothing = `${provocation}, and no error was logged`;
    return named
      ? unproven(`${nothing}: it may be another request that fails`, failLines)
      : unproven(nothing, failLines);
  },
};

export const errorProbes = [keepsAStackTraceInOneEvent];

const failLines = 'requests:\n  fail: GET /debug/fail';

/** A line that says where a call stood, as languages print it below their errors. */
const frame = [
  // JavaScript
  /^\s+at (?:async |new )?.*(?::\d+:\d+\)?|<anonymous>\)?|\(native\))$/,
  // Python
  /^\s+File ".*", line \d+/,
  // Ruby
  /^\s*(?:from )?\S+\.rb:\d+:in /,
  // Java and its kin
  /^\s+at [\w$.<>/]+\([\w$.]+(?::\d+)?\)$/,
  // Go
  /^\t\S+\.go:\d+/,
  // PHP
  /^#\d+ \S+\.php\(\d+\): /,
];

function isFrame(text: string): boolean {
  return frame.some((pattern) => pattern.test(text));
}

/** With its line ends escaped, as JSON and logfmt do. */
function holdsTrace(text: string): boolean {
  const pieces = text.split(/\\n/);
  return (
    pieces.length > 1 &&
    pieces.some((piece) => isFrame(piece.replace(/\\t/g, '\t')) || /^\s+at .*:\d+:\d+/.test(piece))
  );
}

function errorsLogged(count: number): string {
  return count === 1 ? '1 error was logged, in one line' : `${count} errors were logged, each in one line`;
}

function tellsOfError(text: string): boolean {
  return (
    /"?\b(?:level|severity|lvl)\b"?\s*[=:]\s*"?(?:warn|warning|error|err|fatal|critical|[4-6]0)\b/i.test(
      text,
    ) || /\b(?:error|exception)\b/i.test(text)
  );
}

function event(process: string, atMs: number, what: string, bytes?: string): Evidence {
  return { kind: 'event', process, atMs, what, ...(bytes === undefined ? {} : { bytes }) };
}
