/** Keeps what the builds and release phases of a change say, as they say it. One hears one change. */
import { stageLine } from '../api/stages.ts';
import { type ErrorShape, isDiskFull } from '../base/error.ts';
import type { DeployEvent } from '../factors/deploy-event.ts';
import type { Outcome } from '../store/output-record.ts';
import type { OutputWriter } from '../store/output-writer.ts';
import type { OutputKind, Outputs } from '../store/outputs.ts';
import type { Hearing } from './changes.ts';

/** Under which the output of a release phase is kept. */
export function releaseOutputId(appId: string, version: number): string {
  return `${appId}.${version}`;
}

/** The builder is known, and with it the build's id, after the first things were said. */
export function recordOutputs(outputs: Outputs): Hearing {
  const early: string[] = [];
  const ending: Promise<void>[] = [];
  let open: Recording | null = null;
  const begin = (kind: OutputKind, id: string): Recording => {
    open ??= openRecording(outputs, { kind, id });
    return open;
  };
  const end = (outcome: Outcome): void => {
    if (open !== null) ending.push(open.end(outcome));
    open = null;
  };
  const line = (event: DeployEvent): string => stageLine(event, {}) ?? '';
  return {
    hear(event) {
      switch (event.kind) {
        case 'source':
        case 'warning':
          if (open === null) early.push(line(event));
          else open.line(line(event));
          return;
        case 'builder': {
          const recording = begin('build', event.buildId);
          for (const text of [...early, line(event)]) recording.line(text);
          return;
        }
        case 'output':
          return open?.write(event.text);
        case 'built':
          open?.line(line(event));
          return end('succeeded');
        case 'release-output':
          return begin('release', releaseOutputId(event.appId, event.version)).line(`${event.text}\n`);
        case 'release-phase':
          return begin('release', releaseOutputId(event.appId, event.version)).line(line(event));
        case 'failed':
          open?.line(failureText(event.error));
          return end('failed');
        default:
          return end('succeeded');
      }
    },
    async close() {
      end('succeeded');
      await Promise.all(ending);
    },
  };
}

interface Recording {
  write(text: string): void;
  /** On a line of its own. */
  line(text: string): void;
  end(outcome: Outcome): Promise<void>;
}

/** What is done must not end because the disk has no room to say it: from then on nothing is kept, and the output says so. */
function openRecording(
  outputs: Outputs,
  { kind, id }: { readonly kind: OutputKind; readonly id: string },
): Recording {
  let writer: OutputWriter | null = null;
  let cut = false;
  let last = '\n';
  const write = (text: string): void => {
    if (text === '' || writer === null || cut) return;
    cut = !fits(() => writer?.write(text));
    last = text;
  };
  cut = !fits(() => {
    writer = outputs.writer(kind, id);
  });
  return {
    write,
    line: (text) => write(`${last.endsWith('\n') ? '' : '\n'}${text}`),
    async end(outcome) {
      if (cut) fits(() => writer?.write('Cut off: the disk was full\n'));
      try {
        await writer?.end(outcome);
      } catch (error) {
        if (!isDiskFull(error)) throw error;
        // Without its end a reader would wait for ever.
        await outputs.remove(kind, id);
      }
    },
  };
}

function fits(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (isDiskFull(error)) return false;
    throw error;
  }
}

function failureText({ code, message, hint, left }: ErrorShape): string {
  const more = [left === undefined ? [] : [`  Left: ${left}`], hint === undefined ? [] : [`  Next: ${hint}`]];
  return `${[`${message} (${code})`, ...more.flat()].join('\n')}\n`;
}
