/** What experiments on the source have in common: whether there is code that can be read. */
import { type Evidence, nothingToSee, type Observation, seen, unseen } from '../../factors/law.ts';
import type { Place } from '../source/hit.ts';
import { type CodeReading, readingOf } from '../source/reading.ts';
import type { Subject } from '../subject.ts';

export const evidenceAt = ({ file, line, text }: Place): Evidence => ({ kind: 'source', file, line, text });

export const unreadOf = ({ scan, packages }: CodeReading): readonly string[] => [
  ...scan.unread.map(({ file, why }) => `${file}: ${why}`),
  ...packages.unreadable.map((file) => `${file}: it is not JSON`),
  ...Object.entries(scan.otherLanguages).map(
    ([name, files]) => `${files === 1 ? 'one file' : `${files} files`} of ${name}`,
  ),
];

/** Facts of the app's code; unseen where it is in a language that no door is there for. */
export async function observeCode<Facts>(
  subject: Subject,
  { signal, facts }: { signal: AbortSignal; facts: (reading: CodeReading) => Facts | Promise<Facts> },
): Promise<Observation<Facts>> {
  const reading = await readingOf(subject, signal);
  const others = Object.entries(reading.scan.otherLanguages);
  const most = others.sort(([, one], [, other]) => other - one)[0];
  if (reading.scan.files.app > 0) return seen(await facts(reading));
  if (most === undefined) return nothingToSee('The app has no code');
  return unseen(`The app is written in ${most[0]}, and only JavaScript and TypeScript are read`);
}
