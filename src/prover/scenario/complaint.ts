/** How a scenario is refused: with the place in its file, and what to type there. */
import { type DozenError, userError } from '../../base/error.ts';
import { documentPlace, memberPlace } from '../../base/shape.ts';

/** The way to a value of the document: keys, and indices of lists. */
export type Path = readonly (string | number)[];

/** From 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The error for what is wrong at a path of the document. */
export type Refuse = (path: Path, complaint: Complaint) => DozenError;

export interface Complaint {
  /** E.g. `expected a list, got a text`. */
  readonly what: string;
  /** What to type instead. */
  readonly hint?: string;
}

export interface Refusal extends Complaint {
  readonly where: string;
  /** Null: the file as a whole. */
  readonly position: Position | null;
  readonly path: Path;
}

export function refused({ where, position, path, what, hint }: Refusal): DozenError {
  const place = position === null ? '' : `line ${position.line}, column ${position.column}: `;
  const subject = path.length === 0 ? '' : `${shownPath(path)}: `;
  return userError('SCENARIO_INVALID', `Cannot read the scenario ${where}: ${place}${subject}${what}`, {
    hint: hint ?? (position === null ? `Correct ${where}` : `Correct line ${position.line} of ${where}`),
  });
}

/** E.g. `config[0].request`. */
export function shownPath(path: Path): string {
  const root = documentPlace((complaint) => new Error(complaint));
  return path.reduce(memberPlace, root).path;
}

export function quoted(text: string): string {
  return text.length > 80 ? `${JSON.stringify(text.slice(0, 80))}…` : JSON.stringify(text);
}

/** The known word that a person most likely meant; null when none is near. */
export function nearest(word: string, known: readonly string[]): string | null {
  if (word.length > 100) return null;
  const near = known
    .map((candidate) => ({ candidate, edits: editsBetween(word, candidate) }))
    .filter(({ candidate, edits }) => edits <= Math.ceil(candidate.length / 3))
    .sort((one, other) => one.edits - other.edits);
  return near[0]?.candidate ?? null;
}

/** Letters to add, remove or replace, row by row (Levenshtein). */
function editsBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (let at = 0; at < other.length; at += 1) {
      const replaced = (row[at] ?? 0) + (letter === other[at] ? 0 : 1);
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
