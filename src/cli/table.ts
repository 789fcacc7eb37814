/** Rows under headings, in columns as wide as they need to be; on a terminal no line is wider than it. */
import { type Out, paint } from '../api/paint.ts';
import { printable } from '../api/stages.ts';

export interface TableOut extends Out {
  readonly columns?: number;
}

const between = 2;
const narrowest = 8;

export function renderTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  out: TableOut,
): string {
  const cells = rows.map((row) => row.map((cell) => printable(cell).replaceAll('\n', '␊')));
  const widths = headings.map((heading, at) =>
    Math.max(heading.length, ...cells.map((row) => (row[at] ?? '').length)),
  );
  if (out.isTTY === true && out.columns !== undefined) fit(widths, out.columns);
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => clip(cell, widths[at] ?? 0).padEnd(at === row.length - 1 ? 0 : (widths[at] ?? 0)))
      .join(' '.repeat(between))
      .trimEnd();
  return [paint(out, 'dim', line(headings)), ...cells.map(line)].map((text) => `${text}\n`).join('');
}

/** The widest gives way first. */
function fit(widths: number[], available: number): void {
  const total = (): number => widths.reduce((sum, width) => sum + width + between, -between);
  while (total() > available) {
    const widest = widths.indexOf(Math.max(...widths));
    const width = widths[widest] ?? 0;
    if (width <= narrowest) return;
    widths[widest] = width - 1;
  }
}

function clip(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
}
