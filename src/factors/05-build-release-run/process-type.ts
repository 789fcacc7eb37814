/**
 * The name of a process type, as the left side of a Procfile line has it. `release` is such a name in a Procfile
 * only: it stands for the release phase, which is no part of the formation.
 */
const processType = /^[A-Za-z0-9_-]{1,63}$/;

/** What a complaint says about a text that is none. */
export const processTypeForm = '1 to 63 of letters, digits, "_" and "-"';

export function isProcessType(text: string): boolean {
  return processType.test(text);
}
