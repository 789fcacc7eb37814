/**
 * Who reads a hostile file may be held up for ever, in code that cannot be interrupted. So reading is done in a process apart,
 * which says what it begins with; when it says nothing for a while it is killed, and begun again without that file.
 */
export interface Watch {
  readonly signal: AbortSignal;
  /** How many files may be parsed at once. With 1 what was said last is what holds up. */
  readonly atOnce: number;
  /** Why a hard file is not read. */
  readonly hard: string;
  begins(file: string): void;
  /** Whether an earlier reading was held up by it. */
  isHard(file: string): boolean;
}

export function watchOf(
  signal: AbortSignal,
  {
    hard = [],
    begins = () => undefined,
    atOnce = 5,
  }: { hard?: readonly string[]; begins?: (file: string) => void; atOnce?: number } = {},
): Watch {
  const known = new Set(hard);
  return { signal, hard: 'it could not be read in time', begins, atOnce, isHard: (file) => known.has(file) };
}
