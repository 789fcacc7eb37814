/** Files that are parsed beside the reading of the next ones: few at once, for a tree is larger than its text. */
import type { Hit, Question } from './hit.ts';
import type { Asked, Language, Source } from './language.ts';
import type { Watch } from './watch.ts';

export interface Answers {
  /** Takes a file in as soon as there is room for it. */
  ask(file: Questioned): Promise<void>;
  /** What all files said, in the order in which they were asked. */
  all(): Promise<readonly Hit[]>;
}

export interface Questioned {
  readonly language: Language;
  readonly source: Source;
  readonly questions: readonly Question[];
  readonly asked: Asked;
}

interface Parsing {
  readonly source: Source;
  readonly answer: Promise<PromiseSettledResult<readonly Hit[]>>;
}

/** Hits of one file: one that says the same thing a thousand times says enough. */
const hitLimit = 1000;
/** Characters that are parsed at once, unless one file alone has more. */
const lengthLimit = 512 * 1024;

export function answersAhead(watch: Watch): Answers {
  const hits: Hit[] = [];
  const parsing: Parsing[] = [];

  async function takeOldest(): Promise<void> {
    const oldest = parsing.shift();
    if (oldest === undefined) return;
    watch.begins(oldest.source.file);
    const answer = await oldest.answer;
    if (answer.status === 'rejected') throw answer.reason;
    hits.push(...answer.value.slice(0, hitLimit));
  }

  const isFull = (): boolean =>
    parsing.length >= watch.atOnce ||
    parsing.reduce((length, { source }) => length + source.text.length, 0) > lengthLimit;

  return {
    ask: async ({ language, source, questions, asked }) => {
      watch.begins(source.file);
      parsing.push({ source, answer: settled(language.answers(source, questions, asked)) });
      while (isFull()) await takeOldest();
    },
    all: async () => {
      while (parsing.length > 0) await takeOldest();
      return hits;
    },
  };
}

/** So that a failure waits until its turn has come. */
async function settled<T>(answer: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [result] = await Promise.allSettled([answer]);
  return result;
}
