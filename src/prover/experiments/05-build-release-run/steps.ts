/** The commands that a line is made of, in order, with scripts of `package.json` put in their places. */

export type Scripts = Readonly<Record<string, string>>;

/** Scripts that call each other are followed this far. */
const depthLimit = 5;

/** Steps that are looked at behind one line: scripts can multiply. */
const stepLimit = 500;

export function stepsOf(line: string, scripts: Scripts): readonly string[] {
  const steps: string[] = [];
  addSteps(line, { scripts, depth: 0, steps, budget: { left: stepLimit } });
  return steps;
}

interface Adding {
  readonly scripts: Scripts;
  readonly depth: number;
  readonly steps: string[];
  readonly budget: { left: number };
}

function addSteps(line: string, adding: Adding): void {
  const { scripts, depth, steps, budget } = adding;
  for (const step of splitLine(line)) {
    if (budget.left === 0) return;
    budget.left -= 1;
    const name = depth < depthLimit ? scriptAskedFor(step) : null;
    if (name === null || !Object.hasOwn(scripts, name)) steps.push(step);
    else
      for (const each of [`pre${name}`, name, `post${name}`])
        if (Object.hasOwn(scripts, each)) addSteps(scripts[each] ?? '', { ...adding, depth: depth + 1 });
  }
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
