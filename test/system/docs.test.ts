/** What a page shows is so: its commands are run, and what they print is compared with it. `document.ts` has the marks. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseDocument } from '../parts/document.ts';
import { runDocument } from '../parts/document-run.ts';
import { removeServer, type ServerRun, startServer } from '../parts/server-run.ts';

const root = path.join(import.meta.dirname, '../..');

describe('documents show what happens', { timeout: 600_000 }, () => {
  let run: ServerRun;

  before(async () => {
    run = await startServer();
  });
  after(() => removeServer(run));

  // The tour first: it begins on a server that has built nothing yet.
  const pages = [
    'docs/tour.md',
    ...globSync('docs/{factors/,}*.md', { cwd: root, exclude: ['docs/tour.md'] }).sort(),
  ];
  const saysWhatItBeginsWith = (file: string): boolean =>
    parseDocument(readFileSync(path.join(root, file), 'utf8')).beginsWith !== null;
  for (const file of pages.filter(saysWhatItBeginsWith)) test(file, () => runDocument(file, run));
});
