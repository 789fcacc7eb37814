import { choice, type Shape } from '../../base/shape.ts';

/**
 * In which order old processes of a type give way to new ones.
 *
 * - `start-first`: all new ones are ready before an old one is told to stop. Nothing is missed; both run for a while.
 * - `stop-first`: all old ones are gone before a new one starts. Never two versions at once.
 * - `one-by-one`: each old one is gone before its successor starts, the others go on.
 */
export type Replacement = (typeof replacements)[number];

const replacements = ['start-first', 'stop-first', 'one-by-one'] as const;

/** A web process must not be missed; a worker must not run twice. */
export function defaultReplacement(processType: string): Replacement {
  return processType === 'web' ? 'start-first' : 'stop-first';
}

export const replacement: Shape<Replacement> = choice(replacements);
