/** What a check does at the moment: on a terminal a line that is rewritten, elsewhere a line for what is done. */
import { type Outcome, verdictOf } from '../../factors/law.ts';
import type { CheckEvent } from '../check.ts';
import { brush } from './brush.ts';
import { seconds, words } from './look.ts';
import { fitted } from './paragraph.ts';
import { visible } from './visible.ts';

export interface ProgressOut {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  readonly out: ProgressOut;
  readonly colour: boolean;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

export interface Progress {
  event(event: CheckEvent): void;
  /** Leaves the terminal to somebody else until the returned function is called. */
  pause(): () => void;
  /** Takes the live line away. Nothing is written after it. */
  stop(): void;
}

interface Doing {
  readonly text: string;
  readonly since: number;
}

const everyMs = 200;
const erase = '\r\u001b[K';
const signs: Readonly<Record<Outcome, string>> = {
  holds: '✓',
  broken: '✗',
  unproven: '?',
  'not-applicable': '–',
};
const colours = { holds: 'green', broken: 'red', unproven: 'yellow', 'not-applicable': 'dim' } as const;

export function showProgress(options: ProgressOptions): Progress {
  return options.out.isTTY === true ? liveProgress(options) : plainProgress(options);
}

function plainProgress({ out, colour }: ProgressOptions): Progress {
  let stopped = false;
  return {
    event(event) {
      const line = doneLine(event, { colour, width: null });
      if (line !== null && !stopped) out.write(`${line}\n`);
    },
    pause: () => () => undefined,
    stop() {
      stopped = true;
    },
  };
}

function liveProgress({ out, colour, now }: ProgressOptions): Progress {
  const running = new Map<string, Doing>();
  let stage: Doing | null = null;
  let stopped = false;
  let paused = false;
  const draw = (): void => {
    if (paused) return;
    const doing = [...running.values()].at(-1) ?? stage;
    if (doing === null) return;
    const others = running.size - 1;
    const more = others > 0 ? `, and ${others} more experiment${others === 1 ? '' : 's'}` : '';
    const text = `· ${doing.text}${more}  ${Math.floor((now() - doing.since) / 1000)} s`;
    out.write(`${erase}${brush(colour)('dim', fitted(text, columnsIn(out) - 1))}`);
  };
  const timer = setInterval(draw, everyMs);
  timer.unref();
  return {
    event(event) {
      if (stopped) return;
      if (event.kind === 'stage') stage = { text: visible(event.what), since: now() };
      if (event.kind === 'build-output') stage = saying(stage, { text: event.text, now: now() });
      if (event.kind === 'begins')
        running.set(nameOf(event), { text: `proving ${nameOf(event)}`, since: now() });
      if (event.kind === 'ends') {
        running.delete(nameOf(event));
        out.write(`${erase}${doneLine(event, { colour, width: columnsIn(out) })}\n`);
      }
      draw();
    },
    pause() {
      paused = true;
      out.write(erase);
      return () => {
        paused = false;
      };
    },
    stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      out.write(erase);
    },
  };
}

/** A terminal may not know its width. */
function columnsIn({ columns }: ProgressOut): number {
  return columns || 80;
}

/** The stage goes on; its last line of output is shown beside it. */
function saying(stage: Doing | null, { text, now }: { readonly text: string; readonly now: number }): Doing {
  const said = text.trimEnd().split('\n').at(-1) ?? '';
  const [name = 'build'] = stage?.text.split('  | ') ?? [];
  return { text: `${name}  | ${visible(said.trim())}`, since: stage?.since ?? now };
}

function nameOf(event: Extract<CheckEvent, { kind: 'begins' | 'ends' }>): string {
  return `${event.factor}: ${visible(event.experiment)}`;
}

interface DoneLook {
  readonly colour: boolean;
  /** In columns; null: lines may be of any. */
  readonly width: number | null;
}

/** What stays: a stage only where no live line shows it. */
function doneLine(event: CheckEvent, { colour, width }: DoneLook): string | null {
  switch (event.kind) {
    case 'begins':
      return null;
    case 'stage':
      return `· ${visible(event.what)}`;
    case 'build-output': {
      const lines = event.text.split('\n').filter((line) => line.trim() !== '');
      return lines.length === 0 ? null : lines.map((line) => `  | ${visible(line.trimEnd())}`).join('\n');
    }
    case 'ends': {
      const outcome = verdictOf(event.findings);
      const isAccepted = event.findings.length > 0 && event.findings.every(({ accepted }) => accepted);
      const paint = brush(colour);
      const verdict = `${signs[outcome]} ${(isAccepted ? 'accepted' : words[outcome]).padEnd(14)}`;
      const took = seconds(event.tookMs);
      const room = width === null ? Number.POSITIVE_INFINITY : width - verdict.length - took.length - 4;
      return `${paint(colours[outcome], verdict)}  ${fitted(nameOf(event), room)}  ${paint('dim', took)}`;
    }
  }
}
