/**
 * The door that a programming language comes in by.
 *
 * `mayAnswer` sees the file's bytes as Latin-1 and decides which questions it may have an answer to: never no where there is one,
 * as seldom yes as it can. Only then is the file parsed, and `answers` reads the tree: text in comments and strings is
 * no code, and says nothing. Parsing goes on beside the caller's thread; one call at a time, or few: trees are large.
 */
import type { Hit, Question } from './hit.ts';

export interface Language {
  readonly name: string;
  /** In small letters, without the dot. */
  readonly extensions: readonly string[];
  /** Whether a file is more than comments. */
  hasCode(bytes: string): boolean;
  mayAnswer(bytes: string, file: string, asked: Asked): readonly Question[];
  answers(source: Source, questions: readonly Question[], asked: Asked): Promise<readonly Hit[]>;
}

export interface Source {
  readonly file: string;
  readonly text: string;
}

export interface Asked {
  /** Which imports are worth a word; the others are left out, and files with no other import are not parsed for them. */
  readonly import: (specifier: string, file: string) => boolean;
}
