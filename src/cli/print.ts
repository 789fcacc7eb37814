/** How commands give what they were asked for. */
import { paint } from '../api/paint.ts';
import { printable } from '../api/stages.ts';

export function printJson(value: unknown): 0 {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  return 0;
}

/** A name and what it is, a line each; those without a value are left out. */
export function printPairs(pairs: readonly (readonly [string, string])[]): void {
  const shown = pairs.filter(([, value]) => value !== '');
  const width = Math.max(...shown.map(([name]) => name.length));
  for (const [name, value] of shown)
    process.stdout.write(`${paint(process.stdout, 'dim', name.padEnd(width))}  ${printable(value)}\n`);
}
