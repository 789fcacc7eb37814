/** The commands that a line is made of, in order, with scripts of `package.json` put in their places. */

export type Scripts = Readonly<Record<string, string>>;

/** Scripts that call each other are followed this far. */
const depthLimit = 5;

export function stepsOf(line: string, scripts: Scripts, depth = 0): readonly string[] {
  return splitLine(line).flatMap((step) => {
    const name = depth < depthLimit ? scriptAskedFor(step) : null;
    if (name === null || !Object.hasOwn(scripts, name)) return [step];
    const around = [`pre${name}`, name, `post${name}`].filter((each) => Object.hasOwn(scripts, each));
    return around.flatMap((each) => stepsOf(scripts[each] ?? '', scripts, depth + 1));
  });
}

/** `npm start`, `npm run x`, `yarn x`, `pnpm run x`, `node --run x`. */
function scriptAskedFor(step: string): string | null {
  const words = step.split(/\s+/).filter((word) => !/^\w+=/.test(word) && word !== 'exec');
  const [program, verb, name] = words.filter((word) => word === '--run' || !word.startsWith('-'));
  if (program === 'node' && verb === '--run') return name ?? null;
  if (program !== 'npm' && program !== 'pnpm' && program !== 'yarn') return null;
  if (verb === 'run' || verb === 'run-script') return name ?? null;
  return verb === 'start' || program !== 'npm' ? (verb ?? null) : null;
}

/** At `&&`, `||`, `;`, `|`, `&` and the ends of lines, outside of quotes. */
function splitLine(line: string): readonly string[] {
  const steps: string[] = [''];
  for (const [part] of line.matchAll(/"(?:[^"\\]|\\.)*"|'[^']*'|\\.|>&|&>|&&|\|\||./gs)) {
    if (/^(&&|\|\||[;|&\n])$/.test(part)) steps.push('');
    else steps.push((steps.pop() ?? '') + part);
  }
  return steps.map((step) => step.trim().replace(/^\(|\)$/g, '')).filter((step) => step !== '');
}
