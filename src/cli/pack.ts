/** Source as a stream to send: a folder as it lies there, or a tarball that somebody has made. */
import { spawn, spawnSync } from 'node:child_process';
import { createReadStream, lstatSync } from 'node:fs';
import path from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { userError } from '../base/error.ts';

export interface Packed {
  readonly bytes: Readable;
  /** The commit that the files are based on; null without one. */
  readonly base: string | null;
}

/** What Git tracks and what it does not ignore, as it is on disk. */
export function packFolder(folder: string): Packed {
  const listed = git(folder, [
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
    '--deduplicate',
  ]);
  if (listed === null) {
    throw userError(
      'NOT_A_REPOSITORY',
      `Cannot deploy ${JSON.stringify(folder)}: it lies in no Git repository`,
      {
        hint: 'git init there, or pack it yourself: tar -cz . | dozen deploy --tarball -',
      },
    );
  }
  const files = listed.split('\0').filter((file) => file !== '' && isThere(path.join(folder, file)));
  const args = [
    '--create',
    '--gzip',
    '--directory',
    folder,
    '--null',
    '--verbatim-files-from',
    '--no-recursion',
    '--files-from=-',
  ];
  const tar = spawn('tar', args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const bytes = new PassThrough();
  let complaints = '';
  tar.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  tar.once('error', (error) => bytes.destroy(error));
  tar.once('close', (code) => {
    if (code === 0) bytes.end();
    else bytes.destroy(notPacked(folder, complaints.trim().split('\n')[0] ?? `tar ended with ${code}`));
  });
  tar.stdout.pipe(bytes, { end: false });
  tar.stdin.on('error', () => undefined);
  tar.stdin.end(files.map((file) => `${file}\0`).join(''));
  const base = git(folder, ['rev-parse', '--verify', '--quiet', 'HEAD'])?.trim() ?? null;
  return { bytes, base };
}

export function openTarball(file: string): Readable {
  return file === '-' ? process.stdin : createReadStream(file);
}

/** Null when Git refuses. */
function git(cwd: string, args: readonly string[]): string | null {
  const { status, stdout } = spawnSync('git', args, { cwd, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  return status === 0 ? stdout : null;
}

/** A file that is tracked may be gone from the folder. */
function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

function notPacked(folder: string, why: string): Error {
  return userError('SOURCE_UNREADABLE', `Cannot read ${JSON.stringify(folder)}: ${why}`, {
    hint: 'Make its files readable, and deploy again',
  });
}
