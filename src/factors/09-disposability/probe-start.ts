/** How long a web process takes to start, and whether it can be stopped meanwhile. */
import { broken, type Evidence, holds, type Probe, some, unproven } from '../law.ts';

export interface StartFacts {
  /** Of the starts that were made, in their order, in milliseconds until a request was answered. */
  readonly starts: readonly { readonly process: string; readonly tookMs: number; readonly atMs: number }[];
  readonly early: readonly EarlyStop[];
  /** How long an end was waited for. */
  readonly limitMs: number;
}

/** SIGTERM to a process that was not ready. */
export interface EarlyStop {
  readonly process: string;
  /** After its start. */
  readonly afterMs: number;
  readonly atMs: number;
  /** Null: it had not ended when the limit was over. */
  readonly endedAfterMs: number | null;
  /** How it ended: `code 0`, `SIGTERM`. */
  readonly how: string;
}

const source = 'https://12factor.net/disposability';
/** Heroku's limit for binding the port is 60 s. */
const medianLimitMs = 10_000;

export const startsInSeconds: Probe<StartFacts> = {
  id: 'disposability/starts-in-seconds',
  statement: 'Is ready within seconds of its start',
  method: 'run',
  why: 'A process that starts fast can be moved, replaced and added at any moment; a slow one makes each deploy and each crash long.',
  source,
  how: 'Web is started ten times, two at a time, and timed until it answers a request. The median may be 10 s; Heroku ends what has not bound its port after 60 s.',
  blind:
    'The machine of the check is not the machine of the deploy, and its data is a fresh one: a start that reads much data is faster here.',
  mend: 'Do before the start what needs no start: compile in the build, migrate in the release phase, warm caches later',
  fixes: {
    javascript:
      'server.listen(Number(process.env.PORT));\n// after the port is bound, not before\nvoid warmCache();',
    python:
      '# Procfile: migrations are not part of a start\nrelease: python manage.py migrate\nweb: gunicorn app:app --bind 0.0.0.0:$PORT',
    ruby: '# Gemfile\ngem "bootsnap", require: false\n# config/boot.rb\nrequire "bootsnap/setup"',
  },
  judge: ({ starts }) => {
    if (!some(starts)) return unproven('No start was timed');
    const times = starts.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
    const median = medianOf(times);
    const told = `The median of ${times.length} starts is ${seconds(median)}, the longest ${seconds(times.at(-1) ?? 0)}`;
    const [first, ...more] = starts.map(({ process, tookMs, atMs }) =>
      event(process, atMs, `answered a request ${seconds(tookMs)} after its start`),
    );
    if (first === undefined) return unproven('No start was timed');
    return median > medianLimitMs
      ? broken(`${told}: more than ${seconds(medianLimitMs)}`, [first, ...more])
      : holds(told, [first, ...more]);
  },
};

export const canBeStoppedWhileStarting: Probe<StartFacts> = {
  id: 'disposability/can-be-stopped-while-starting',
  statement: 'Ends when it is told to while it starts',
  method: 'run',
  why: 'A deploy that is taken back, or a machine that is emptied, stops processes that are not ready yet.',
  source,
  how: 'Five web processes get SIGTERM at different moments of their start. Each must end within 10 s.',
  blind: 'Five moments are tried. A start may have a moment between them in which the signal is lost.',
  mend: 'Handle SIGTERM from the first line on: before the app is ready there is nothing to finish',
  fixes: {
    javascript:
      "let server;\nprocess.once('SIGTERM', () => (server === undefined ? process.exit(0) : server.close()));\nserver = await start();",
    python: 'import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\napp = create_app()',
    ruby: 'Signal.trap("TERM") { exit }\napp = App.boot',
  },
  judge: ({ early, limitMs }) => {
    if (!some(early)) return unproven('Each start was over before it could be stopped');
    const told = early.map((each) => event(each.process, each.atMs, earlySentence(each, limitMs)));
    const stuck = early.filter(({ endedAfterMs }) => endedAfterMs === null);
    const [first] = stuck;
    if (first !== undefined && some(told)) {
      return broken(
        `${stuck.length} of ${early.length} processes that were told to stop while they started did not end within ${seconds(limitMs)}`,
        told,
      );
    }
    const longest = Math.max(...early.map(({ endedAfterMs }) => endedAfterMs ?? 0));
    return holds(
      `${early.length} processes were told to stop while they started, and ended within ${seconds(longest)}`,
      told,
    );
  },
};

export const startProbes = [startsInSeconds, canBeStoppedWhileStarting];

function earlySentence({ afterMs, endedAfterMs, how }: EarlyStop, limitMs: number): string {
  const told = `got SIGTERM ${Math.round(afterMs)} ms after its start`;
  return endedAfterMs === null
    ? `${told} and was running ${seconds(limitMs)} later`
    : `${told} and ended ${Math.round(endedAfterMs)} ms later with ${how}`;
}

/** @param sorted not empty */
function medianOf(sorted: readonly number[]): number {
  const middle = Math.floor((sorted.length - 1) / 2);
  const [low = 0, high = low] = sorted.slice(middle, middle + 2);
  return sorted.length % 2 === 1 ? low : (low + high) / 2;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

function event(process: string, atMs: number, what: string): Evidence {
  return { kind: 'event', process, atMs, what };
}
