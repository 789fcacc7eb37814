/**
 * Processes that run once, beside the formations. One that is attached belongs to whoever asked for it: the next engine ends it.
 * One that is detached runs on.
 */
import { type DozenError, platformError } from '../../base/error.ts';
import type { Exit } from '../../factors/06-processes/process.ts';
import { type LogBatch, linesOf } from '../../factors/11-logs/log-batch.ts';
import type { LogLine } from '../../factors/11-logs/log-line.ts';
import type { OneOff } from '../engine.ts';
import { type Attachment, none } from './attachment.ts';
import { Feed } from './feed.ts';
import type { LocalProcess } from './local-process.ts';

export interface Hold {
  readonly attachment: Attachment | null;
  /** Of whoever asked; none for one that is detached. */
  readonly signal: AbortSignal | undefined;
}

export class OneOffs {
  readonly #running = new Map<string, LocalProcess>();

  get all(): readonly LocalProcess[] {
    return [...this.#running.values()];
  }

  async run(process: LocalProcess, { attachment, signal }: Hold): Promise<OneOff> {
    const { instance } = process.run;
    const lines = new Feed<LogLine>();
    const over = new AbortController();
    process.listeners.add((batch: LogBatch) => {
      for (const line of linesOf(batch)) lines.push(line);
    });
    const read = lines.read(over.signal, []);
    this.#running.set(instance, process);
    const stop = (): Promise<Exit> => process.stop();
    const hangUp = (): Promise<Exit> => process.hangUp();
    signal?.addEventListener('abort', hangUp, { once: true });
    const ended = process.ended.finally(() => {
      over.abort();
      signal?.removeEventListener('abort', hangUp);
      this.#running.delete(instance);
    });
    await process.begin();
    if (signal?.aborted) void hangUp();
    const signalled: OneOff['signal'] = (name) => process.signal(name);
    return { instance, lines: read, ended, stop, signal: signalled, ...inputOf(process, attachment) };
  }

  /** Ends one whose engine is gone, and with it whoever waited. */
  end(process: LocalProcess): void {
    this.adopt(process);
    void process.stop();
  }

  adopt(process: LocalProcess): void {
    this.#running.set(process.run.instance, process);
    process.adopt();
    void process.ended.then(() => this.#running.delete(process.run.instance));
  }
}

function inputOf(
  { run }: LocalProcess,
  attachment: Attachment | null,
): Pick<OneOff, 'output' | 'write' | 'end' | 'resize'> {
  const refuse = (what: string) => async (): Promise<void> => {
    throw inputRefused(what, run.process);
  };
  if (attachment === null) {
    const input = refuse('the input');
    return { output: none, write: input, end: input, resize: refuse('the terminal') };
  }
  return {
    output: { [Symbol.asyncIterator]: () => attachment.output()[Symbol.asyncIterator]() },
    write: (bytes) => attachment.write(bytes),
    end: () => attachment.end(),
    resize: attachment.resize ?? refuse('the terminal'),
  };
}

function inputRefused(what: string, process: string): DozenError {
  return platformError('INPUT_REFUSED', `Cannot use ${what} of ${process}: it was started without`, {
    hint: 'Run it again with what it is to have',
  });
}
