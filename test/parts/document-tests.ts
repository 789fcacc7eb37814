/** A test for each document that says what it begins with, on one server. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseDocument } from './document.ts';
import { runDocument } from './document-run.ts';
import { removeServer, type ServerRun, startServer } from './server-run.ts';

const root = path.join(import.meta.dirname, '../..');

/** @param patterns of files, relative to the repository's root, in the order in which they are to be run. */
export function testDocuments(what: string, patterns: readonly string[]): void {
  describe(`${what} show what happens`, { timeout: 330_000 }, () => {
    let run: ServerRun;

    before(async () => {
      run = await startServer();
    });
    after(() => removeServer(run));

    const files = new Set(patterns.flatMap((pattern) => globSync(pattern, { cwd: root }).sort()));
    const saysWhatItBeginsWith = (file: string): boolean =>
      parseDocument(readFileSync(path.join(root, file), 'utf8')).beginsWith !== null;
    for (const file of [...files].filter(saysWhatItBeginsWith)) test(file, () => runDocument(file, run));
  });
}
