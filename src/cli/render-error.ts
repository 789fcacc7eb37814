import { type Out, paint } from '../api/paint.ts';
import type { ErrorShape } from '../base/error.ts';

/** What happened, what it left, and what to type next. */
export function renderError(error: ErrorShape, out: Out): string {
  const lines = [`${paint(out, 'red', error.message)} ${paint(out, 'dim', `(${error.code})`)}`];
  if (error.left !== undefined) lines.push(`  Left: ${error.left}`);
  if (error.hint !== undefined) lines.push(`  Next: ${error.hint}`);
  return `${lines.join('\n')}\n`;
}
