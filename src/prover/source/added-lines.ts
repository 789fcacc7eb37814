/** The lines that the commits of a history added, streamed out of Git within limits. */
import { spawn } from 'node:child_process';

export interface AddedLine {
  readonly commit: string;
  /** Relative to the folder. */
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export interface HistoryLimits {
  readonly bytes: number;
  readonly ms: number;
}

/** Nothing of a repository's own settings runs a program or changes what is printed. */
const settings = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.attributesFile=/dev/null',
  'core.quotePath=false',
  'diff.algorithm=myers',
  'diff.orderFile=/dev/null',
  'i18n.logOutputEncoding=UTF-8',
  'log.showSignature=false',
  'log.follow=false',
  'protocol.allow=never',
  'safe.directory=*',
];

const format =
  '--format=format:%x00%H --patch --unified=0 --inter-hunk-context=0 --no-color --no-ext-diff --no-textconv --no-renames ' +
  '--no-show-signature --no-notes --relative --src-prefix=a/ --dst-prefix=b/ --submodule=short --diff-filter=AM';

/**
 * Calls `onLine` for each line, newest commit first, and waits for what it returns.
 * @returns why it ended before the end of the history; null: it did not
 */
export async function readAddedLines(
  folder: string,
  commit: string,
  {
    limits,
    signal,
    onLine,
  }: {
    limits: HistoryLimits;
    signal: AbortSignal;
    onLine: (line: AddedLine) => void | Promise<void>;
  },
): Promise<string | null> {
  const args = [
    '--no-pager',
    ...settings.flatMap((setting) => ['-c', setting]),
    'log',
    commit,
    ...format.split(' '),
  ];
  const child = spawn('git', [...args, '--', '.'], {
    cwd: folder,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<string | null>((resolve) => {
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = `${complaint}${chunk}`.slice(-1000);
    });
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ENOENT' ? 'Git is not installed' : `Git could not be started: ${error.code}`),
    );
    child.once('close', (code) =>
      resolve(
        code === 0 ? null : `Git could not read the history: ${complaint.trim().split('\n').at(-1) ?? code}`,
      ),
    );
  });
  try {
    const cut = await takeLines(child.stdout, { limits, signal, onLine });
    if (cut !== null) return cut;
    return await ended;
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

function environment(): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
  };
}

/** Characters of a line that are kept. */
const lineLimit = 16 * 1024;

async function takeLines(
  output: AsyncIterable<Buffer>,
  {
    limits,
    signal,
    onLine,
  }: { limits: HistoryLimits; signal: AbortSignal; onLine: (line: AddedLine) => void | Promise<void> },
): Promise<string | null> {
  const until = performance.now() + limits.ms;
  const patch = patchReader();
  let bytes = 0;
  let rest = '';
  for await (const chunk of output) {
    signal.throwIfAborted();
    bytes += chunk.length;
    // Latin-1 keeps each byte a character: a letter that a chunk cuts in two is put together below.
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = (lines.pop() ?? '').slice(0, lineLimit);
    for (const line of lines) {
      const added = patch(line.slice(0, lineLimit));
      if (added !== null) await onLine(added);
    }
    if (bytes > limits.bytes)
      return `Only the newest ${Math.round(limits.bytes / 1024 / 1024)} MiB of the history were searched`;
    if (performance.now() > until)
      return `Only what could be read of the history in ${limits.ms / 1000} s was searched`;
  }
  const last = patch(rest);
  if (last !== null) await onLine(last);
  return null;
}

/** Reads a patch line by line; how many lines a hunk has is told at its head, so that no content is taken for a head. */
export function patchReader(): (line: string) => AddedLine | null {
  let commit = '';
  let file = '';
  let next = 0;
  let removed = 0;
  let added = 0;
  return (line) => {
    if (removed > 0 && line.startsWith('-')) {
      removed -= 1;
      return null;
    }
    if (added > 0 && line.startsWith('+')) {
      added -= 1;
      next += 1;
      return { commit, file, line: next - 1, text: decoded(line.slice(1)) };
    }
    const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk !== null) {
      [removed, next, added] = [Number(hunk[1] ?? 1), Number(hunk[2]), Number(hunk[3] ?? 1)];
    } else if (line.startsWith('\0')) commit = line.slice(1);
    else if (line.startsWith('+++ ')) file = decoded(line.slice(4).replace(/^"?b\/(.*?)"?\t?$/, '$1'));
    return null;
  };
}

const decoded = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8');
