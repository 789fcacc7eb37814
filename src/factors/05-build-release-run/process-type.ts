import { type Shape, text } from '../../base/shape.ts';

/**
 * The name of a process type, as the left side of a Procfile line has it. `release` is such a name in a Procfile
 * only: it stands for the release phase, which is no part of the formation.
 */
const pattern = /^[A-Za-z0-9_-]{1,63}$/;

export function isProcessType(candidate: string): boolean {
  return pattern.test(candidate);
}

/** What a complaint says about a text that is none. */
export const processTypeForm = '1 to 63 of letters, digits, "_" and "-"';

export const processType: Shape<string> = text(`a process type: ${processTypeForm}`, isProcessType);
