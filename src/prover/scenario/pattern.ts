/** Patterns of a scenario: RE2, which takes time in proportion to the text, whatever text an app answers. */
import { RE2JS, RE2JSException } from 're2js';

const placeholder = '{token}';
/** Steps of the compiled pattern. */
const programLimit = 1000;

/** Whether the pattern, with the token in it, matches anywhere in the text. The pattern is one that `patternFault` passed. */
export function matchesPattern(pattern: string, token: string, text: string): boolean {
  return compile(pattern, token).test(text);
}

/** The first group of what matches; null when nothing does. */
export function firstGroup(pattern: string, text: string): string | null {
  const matcher = RE2JS.compile(pattern).matcher(text);
  return matcher.find() ? matcher.group(1) : null;
}

export function groupsOf(pattern: string): number {
  return RE2JS.compile(pattern).groupCount();
}

/** Why it is not a pattern; null when it is one. */
export function patternFault(pattern: string): string | null {
  try {
    return compile(pattern, 'token').programSize() <= programLimit ? null : 'it repeats too much';
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return error.message.replace(/^error parsing regexp: /, '');
  }
}

/** The token is one text, whatever stands behind it. */
function compile(pattern: string, token: string): RE2JS {
  return RE2JS.compile(pattern.replaceAll(placeholder, () => `(?:${RE2JS.quote(token)})`));
}
