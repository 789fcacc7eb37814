/** Whether an error is one event, with its stack trace in it. */
import { broken, type Evidence, holds, type Probe, unproven } from '../law.ts';

export interface ErrorFacts {
  /** Who was asked. */
  readonly process: string;
  /** What was done to make it fail: `GET /fail was sent`. */
  readonly provocation: string;
  readonly provokedAtMs: number;
  /** Whether it is a request that the scenario says fails. */
  readonly named: boolean;
  /** What each process wrote after that, in order. */
  readonly written: readonly WrittenAfter[];
}

export interface WrittenAfter {
  readonly process: string;
  readonly lines: readonly { readonly atMs: number; readonly text: string }[];
}

export const keepsAStackTraceInOneEvent: Probe<ErrorFacts> = {
  id: 'logs/keeps-a-stack-trace-in-one-event',
  statement: 'Writes an error with its stack trace as one event',
  method: 'run',
  why: 'Lines of several processes are mixed in one stream. A trace in many lines is torn apart, and none of its lines tells what it belongs to.',
  source: 'https://12factor.net/logs',
  how: 'The request that the scenario names as failing is sent, or else its services are taken away while requests come and processes of all types run. What is written then must not be a trace that goes over several lines.',
  blind:
    'One kind of error is provoked, and only processes that log it are judged, which the finding names. An exception that ends the process is printed by the language itself, and is not seen unless that is how this error ends.',
  mend: 'Log the error as one line, with the trace in a field of it',
  fixes: {
    javascript:
      "log({ level: 'error', event: 'request-failed', error: error.message, stack: error.stack });\n// where log writes one JSON.stringify(…) and a newline",
    python:
      '# pip install python-json-logger\nhandler.setFormatter(JsonFormatter())\nlogger.exception("request failed")',
    ruby: 'logger.error({ event: "request-failed", error: e.message, stack: e.backtrace.join("\\n") }.to_json)',
  },
  judge: ({ process, provocation, provokedAtMs, named, written }) => {
    const cause = event(process, provokedAtMs, provocation);
    const spread = written.filter(({ lines }) => lines.some(({ text }) => isFrame(text)));
    const [first] = spread;
    if (first !== undefined) {
      const frames = first.lines.filter(({ text }) => isFrame(text)).length;
      return broken(`A stack trace is written over ${frames + 1} lines by ${namesOf(spread)}`, [
        cause,
        ...spread.flatMap(spreadTrace),
      ]);
    }
    const traces = matching(written, holdsTrace);
    const errors = traces.length > 0 ? traces : matching(written, tellsOfError);
    const told = [cause, ...errors.flatMap(oneLines)];
    const by = `by ${namesOf(errors)}`;
    const count = errors.reduce((sum, { lines }) => sum + lines.length, 0);
    if (traces.length > 0)
      return holds(`${provocation}: the stack trace is one line of the log, ${by}`, told);
    if (errors.length > 0) return holds(`${provocation}: ${errorsLogged(count)}, ${by}`, told);
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

function namesOf(written: readonly WrittenAfter[]): string {
  return written.map(({ process }) => process).join(' and ');
}

/** Those that wrote such lines, with no others. */
function matching(
  written: readonly WrittenAfter[],
  matches: (text: string) => boolean,
): readonly WrittenAfter[] {
  return written
    .map(({ process, lines }) => ({ process, lines: lines.filter(({ text }) => matches(text)) }))
    .filter(({ lines }) => lines.length > 0);
}

function oneLines({ process, lines }: WrittenAfter): readonly Evidence[] {
  return lines
    .slice(0, 4)
    .map(({ atMs, text }) => event(process, atMs, 'wrote one line', text.slice(0, 600)));
}

/** With the line above it, which says what went wrong. */
function spreadTrace({ process, lines }: WrittenAfter): readonly Evidence[] {
  const frames = lines.filter(({ text }) => isFrame(text));
  const above = lines[lines.findIndex(({ text }) => isFrame(text)) - 1];
  return [
    ...(above === undefined ? [] : [event(process, above.atMs, 'wrote a line', above.text.slice(0, 300))]),
    ...frames
      .slice(0, 4)
      .map(({ atMs, text }) => event(process, atMs, 'wrote a line of a stack trace', text.slice(0, 300))),
  ];
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
