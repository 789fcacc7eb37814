/**
 * Injects one fault at a time into the guestbook and checks it: each must be caught by its probe. Prints a line for each, and
 * ends with 1 when one was missed. Arguments select by name.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { factorOf } from '../src/factors/law.ts';
import { brokenIn, checkApp, codebaseOf, inParallel } from '../test/parts/checked-app.ts';
import { type Mutant, mutants } from '../test/prover/mutants.ts';
import { markdownTable } from './markdown-table.ts';

const root = path.join(import.meta.dirname, '..');
const words = process.argv.slice(2);
const chosen = mutants.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));

async function prove(mutant: Mutant): Promise<string | null> {
  const codebase = codebaseOf(path.join(root, 'examples/guestbook'), { edits: mutant.edits });
  try {
    const started = performance.now();
    const report = await checkApp(codebase.folder, { factors: [factorOf(mutant.probe)] });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const finding = report.rows
      .flatMap(({ findings }) => findings)
      .find(({ probe }) => probe === mutant.probe);
    const also = brokenIn(report).filter((probe) => probe !== mutant.probe);
    const caught = finding?.outcome === 'broken';
    const told = `${caught ? 'caught' : 'MISSED'}  ${mutant.name}: ${mutant.probe} (${seconds} s)`;
    console.log(`${told}\n        ${finding?.because ?? 'no such probe was made'}`);
    if (also.length > 0) console.log(`        also broken: ${also.join(', ')}`);
    return caught ? null : mutant.name;
  } finally {
    codebase.remove();
  }
}

const missed = (await inParallel(chosen, 2, prove)).filter((name) => name !== null);
console.log(`${chosen.length - missed.length} of ${chosen.length} faults were caught by their probe`);
writeResults();
process.exit(missed.length === 0 ? 0 : 1);

/** In docs/prover.md, when all were tried. */
function writeResults(): void {
  if (words.length > 0) return;
  const file = path.join(root, 'docs/prover.md');
  const rows = mutants.map(({ name, probe }) => [
    name,
    `\`${probe}\``,
    missed.includes(name) ? 'missed' : 'caught',
  ]);
  const table = markdownTable([['fault', 'probe', 'result'], ...rows]);
  const text = readFileSync(file, 'utf8');
  const section = /(### By fault\n).*?(?=\n#|$)/s;
  writeFileSync(
    file,
    text.replace(section, (_all, heading: string) => `${heading}\n${table}\n`),
  );
}
