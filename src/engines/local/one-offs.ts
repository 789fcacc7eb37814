/** Processes that run once, beside the formations. One belongs to whoever asked for it: the next engine ends it. */
import type { Exit } from '../../factors/06-processes/process.ts';
import { type LogBatch, linesOf } from '../../factors/11-logs/log-batch.ts';
import type { LogLine } from '../../factors/11-logs/log-line.ts';
import type { OneOff } from '../engine.ts';
import { Feed } from './feed.ts';
import type { LocalProcess } from './local-process.ts';

export class OneOffs {
  readonly #running = new Map<string, LocalProcess>();

  get all(): readonly LocalProcess[] {
    return [...this.#running.values()];
  }

  async run(process: LocalProcess, signal?: AbortSignal): Promise<OneOff> {
    const { instance } = process.run;
    const lines = new Feed<LogLine>();
    const over = new AbortController();
    process.listeners.add((batch: LogBatch) => {
      for (const line of linesOf(batch)) lines.push(line);
    });
    const read = lines.read(over.signal, []);
    this.#running.set(instance, process);
    const stop = (): Promise<Exit> => process.stop();
    signal?.addEventListener('abort', stop, { once: true });
    const ended = process.ended.finally(() => {
      over.abort();
      signal?.removeEventListener('abort', stop);
      this.#running.delete(instance);
    });
    await process.begin();
    return { instance, lines: read, ended, stop };
  }

  /** Ends one whose engine is gone, and with it whoever waited. */
  end(process: LocalProcess): void {
    this.#running.set(process.run.instance, process);
    process.adopt();
    void process.stop().then(() => this.#running.delete(process.run.instance));
  }
}
