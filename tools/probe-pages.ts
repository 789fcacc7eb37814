/** Writes docs/probes: a page for every probe and an index. With `--check` it writes nothing and tells what differs. */
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { probes } from '../src/factors/probes.ts';
import { differences, pagesOf } from '../src/prover/report/pages.ts';

const folder = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'docs/probes');
const there = new Map(
  globSync('*.md', { cwd: folder }).map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]),
);
const pages = pagesOf(probes);

if (process.argv.includes('--check')) {
  const different = differences(there, pages);
  for (const difference of different) console.error(`docs/probes/${difference}`);
  process.exitCode = different.length === 0 ? 0 : 1;
} else {
  mkdirSync(folder, { recursive: true });
  for (const name of there.keys()) if (!pages.has(name)) rmSync(path.join(folder, name));
  for (const [name, text] of pages) writeFileSync(path.join(folder, name), text);
}
