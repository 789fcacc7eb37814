/** Colour, where it is wanted. */
export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold';
export type Brush = (colour: Colour, text: string) => string;

const codes = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 } as const;

export function brush(colour: boolean): Brush {
  return colour ? (name, text) => `\u001b[${codes[name]}m${text}\u001b[0m` : (_, text) => text;
}
