/** The engine's own lines in the logs of owners, numbered through in each. */
import { isDiskFull } from '../../base/error.ts';
import type { Owner } from '../engine.ts';
import type { Host } from './host.ts';

export type Voice = (
  owner: Owner,
  line: { readonly process: string; readonly text: string },
  /** Whether a line that the disk does not take is an error, or let go. */
  options?: { readonly fullDisk: 'told' | 'let go' },
) => void;

export function openVoice({ log, clock, randomName }: Pick<Host, 'log' | 'clock' | 'randomName'>): Voice {
  const instance = `engine-${randomName()}`;
  const saidTo = new Map<string, number>();
  return (owner, { process, text }, { fullDisk } = { fullDisk: 'let go' }) => {
    const said = (saidTo.get(owner.id) ?? 0) + 1;
    const bytes = Buffer.from(`${text.replaceAll('\n', ' ')}\n`);
    const numbered = { sequence: said, lines: 1, end: said, bytes };
    try {
      log.append(owner.id, { at: clock.now(), source: 'dozen', process, instance, ...numbered });
      saidTo.set(owner.id, said);
    } catch (error) {
      // What runs must not end because nothing can be said about it.
      if (fullDisk === 'told' || !isDiskFull(error)) throw error;
    }
  };
}
