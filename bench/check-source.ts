/**
 * What it costs to read a large tree for the probes of program code, beside a search of the same tree by ripgrep.
 *
 *     node bench/check-source.ts [LINES]
 *
 * The tree is generated in the temporary folder: modules of 40 to 400 lines, most of them with nothing to answer. Each round is a
 * process of its own, so that its memory is; contenders alternate A B C C B A. Each figure is the median over rounds, [min-max] their
 * spread. Lines a second are of reading the tree; of the process, with its start, for ripgrep.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { readCode, readTree } from '../src/prover/source/code-reading.ts';
import { searchCredentials } from '../src/prover/source/credential-search.ts';
import { watchOf } from '../src/prover/source/watch.ts';

const rounds = 6;
const words =
  'order item price stock user cart total page query row event queue state label field value'.split(' ');

interface Round {
  readonly seconds: number;
  /** Of this process, while it read. */
  readonly cpuSeconds: number;
  readonly peakMb: number;
  readonly said: string;
}

interface Contender {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly rounds: Round[];
}

const [first, second] = process.argv.slice(2);
if (first === 'code' || first === 'credentials') await readOnce(first, second ?? '');
else compare(Number(first ?? 800_000));

/** One round: what was found, and the most memory that this process had. */
async function readOnce(what: 'code' | 'credentials', root: string): Promise<void> {
  const started = performance.now();
  const cpuBefore = process.cpuUsage();
  const watch = watchOf(new AbortController().signal);
  const found =
    what === 'code'
      ? (await readCode(root, watch)).scan.hits
      : (await searchCredentials((await readTree(root, watch)).tree, watch)).found;
  const seconds = (performance.now() - started) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const cpuSeconds = (cpu.user + cpu.system) / 1e6;
  const peakMb = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ seconds, cpuSeconds, peakMb, said: `${found.length} found` }));
}

function compare(wanted: number): void {
  const root = mkdtempSync(path.join(tmpdir(), 'dozen-bench-source-'));
  try {
    const tree = generate(root, wanted);
    const all = contenders(root);
    for (let round = 0; round < rounds; round++) {
      for (const contender of round % 2 === 0 ? all : all.toReversed())
        contender.rounds.push(measure(contender));
    }
    console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, ${rounds} rounds`);
    console.log(`${tree.lines} lines, ${tree.files} files, ${(tree.bytes / 1e6).toFixed(1)} MB`);
    console.log('| | lines/s | lines a CPU second | MB/s | peak MB | |\n|---|---|---|---|---|---|');
    for (const contender of all) console.log(rowOf(contender, tree));
  } finally {
    rmSync(root, { recursive: true });
  }
}

function contenders(root: string): readonly Contender[] {
  const own = (what: string): readonly [string, ...string[]] => {
    return [process.execPath, '--max-semi-space-size=2', import.meta.filename, what, root];
  };
  const all: Contender[] = [
    { name: 'probes of code', command: own('code'), rounds: [] },
    { name: 'search for credentials', command: own('credentials'), rounds: [] },
  ];
  if (spawnSync('rg', ['--version']).status === 0) {
    const pattern = String.raw`process\.env|NODE_ENV|postgres://|redis://|from '[^.]`;
    all.push({ name: 'ripgrep, one search', command: ['rg', '--count', pattern, root], rounds: [] });
  } else console.log('ripgrep is not on this machine: apt-get install ripgrep');
  return all;
}

function measure({ command: [program, ...args] }: Contender): Round {
  const started = performance.now();
  const run = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1e8 });
  const seconds = (performance.now() - started) / 1000;
  if (run.status !== 0) throw new Error(`${program}: ${run.stderr}`);
  const said =
    program === 'rg' ? { cpuSeconds: Number.NaN, peakMb: Number.NaN, said: '' } : JSON.parse(run.stdout);
  return { seconds, ...said };
}

function rowOf({ name, rounds: measured }: Contender, tree: Generated): string {
  const figure = (of: (round: Round) => number): string => {
    const values = measured.map(of).sort((one, other) => one - other);
    const [median, least, most] = [values[values.length >> 1], values[0], values.at(-1)];
    if (Number.isNaN(median)) return '';
    return `${median?.toFixed(0)} [${least?.toFixed(0)}-${most?.toFixed(0)}]`;
  };
  const cells = [
    figure(({ seconds }) => tree.lines / seconds),
    figure(({ cpuSeconds }) => tree.lines / cpuSeconds),
    figure(({ seconds }) => tree.bytes / 1e6 / seconds),
    figure(({ peakMb }) => peakMb),
    measured[0]?.said ?? '',
  ];
  return `| ${[name, ...cells].join(' | ')} |`;
}

interface Generated {
  readonly lines: number;
  readonly files: number;
  readonly bytes: number;
}

/** Chance that is the same in every run. */
function chance(): () => number {
  let state = 12;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function generate(root: string, wanted: number): Generated {
  const next = chance();
  writeFileSync(
    path.join(root, 'package.json'),
    JSON.stringify({ name: 'large', dependencies: { react: '^19', pg: '^8', zod: '^4' } }),
  );
  let [lines, files, bytes] = [0, 0, 0];
  while (lines < wanted) {
    const folder = path.join(root, 'src', `area-${Math.floor(files / 40)}`);
    if (files % 40 === 0) mkdirSync(folder, { recursive: true });
    const extension = ['ts', 'ts', 'tsx', 'js'][files % 4] ?? 'js';
    const text = moduleText(files, { next, typed: extension !== 'js' });
    writeFileSync(path.join(folder, `module-${files}.${extension}`), text);
    lines += text.split('\n').length - 1;
    files += 1;
    bytes += text.length;
  }
  return { lines, files, bytes };
}

/** Of a hundred modules three read the environment and one its name, one has an address, one imports what is not declared, two mislead. */
function moduleText(index: number, { next, typed }: { next: () => number; typed: boolean }): string {
  const word = (): string => words[Math.floor(next() * words.length)] ?? '';
  const name = (): string => `${word()}${word().replace(/^./, (letter) => letter.toUpperCase())}`;
  const parts = [
    "import React from 'react';",
    "import { z } from 'zod';",
    `import { ${word()} } from './module-${index - 1}';`,
    '',
  ];
  const kind = index % 100;
  if (kind < 3) parts.push(`export const setting = process.env.${word().toUpperCase()}_LIMIT ?? '10';`);
  if (kind < 1) parts.push("export const strict = process.env.NODE_ENV === 'production';");
  if (kind === 20) parts.push("export const cache = connect('redis://cache.internal:6379');");
  if (kind === 30) parts.push("import lost from 'not-declared';", 'lost();');
  if (kind >= 40 && kind < 42) parts.push('// The host: see process.env in the environment of production.');
  const length = 40 + Math.floor(next() * 360);
  while (parts.length < length) parts.push(...functionText({ name, word, typed }));
  return `${parts.join('\n')}\n`;
}

function functionText({
  name,
  word,
  typed,
}: {
  name: () => string;
  word: () => string;
  typed: boolean;
}): readonly string[] {
  const [subject, result, rows] = [name(), name(), word()];
  const types = typed
    ? { rows: ': readonly Row[]', result: ': Map<string, number>' }
    : { rows: '', result: '' };
  return [
    `/** Makes a ${word()} of each ${word()}, and leaves out those without a ${word()}. */`,
    `export function ${subject}(${rows}${types.rows}, limit = 100)${types.result} {`,
    `  const ${result} = new Map();`,
    `  for (const [key, entry] of Object.entries(${rows} ?? {})) {`,
    `    if (entry.${word()} === null || entry.${word()} > limit) continue;`,
    `    ${result}.set(\`\${key}-${word()}\`, entry.${word()} * 2 + ${result}.size);`,
    '  }',
    `  return ${result};`,
    '}',
    '',
  ];
}
