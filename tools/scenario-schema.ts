/** Writes the published schema of `dozen.check.yaml`; with `--check`, says whether it is the one that the code goes by. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { publishedSchema } from '../src/prover/scenario/schema.ts';

const file = path.join(import.meta.dirname, '../docs/dozen.check.schema.json');

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== publishedSchema()) {
    console.error(
      'docs/dozen.check.schema.json is not what the code goes by: run node tools/scenario-schema.ts',
    );
    process.exit(1);
  }
} else {
  writeFileSync(file, publishedSchema());
}
