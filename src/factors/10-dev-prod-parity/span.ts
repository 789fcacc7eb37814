const units = [
  ['day', 24 * 60 * 60 * 1000],
  ['hour', 60 * 60 * 1000],
  ['minute', 60 * 1000],
] as const;

/** A length of time in its largest unit, e.g. `3 days`. What clocks that disagree make negative is none: `0 seconds`. */
export function span(ms: number): string {
  for (const [unit, size] of units) if (ms >= size) return counted(Math.floor(ms / size), unit);
  return counted(Math.max(0, Math.floor(ms / 1000)), 'second');
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
