/** Colour on terminals only, and never when NO_COLOR is set (no-color.org). */
export type Colour = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'dim' | 'bold';

export interface Out {
  readonly isTTY?: boolean;
}

const codes = { red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36, dim: 2, bold: 1 } as const;

export function paint(out: Out, colour: Colour, text: string): string {
  if (out.isTTY !== true || (process.env.NO_COLOR ?? '') !== '') return text;
  return `\u001b[${codes[colour]}m${text}\u001b[0m`;
}
