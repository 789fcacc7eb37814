import type { Report } from './report.ts';

/** The report itself, for programs: docs/check.md tells its members. */
export function renderJson(report: Report): string {
  return printed(report);
}

/** JSON that a terminal cannot misread either: what has no shape is written as an escape. */
export function printed(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  return `${text.replaceAll(/[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, escaped)}\n`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
