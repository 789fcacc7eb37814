/** Runs a document as its reader would: line by line in one folder, against a server, and compares what is printed. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type Block, type Document, parseDocument } from './document.ts';
import { commit, dozen, git } from './platform-run.ts';
import { fold, isAsShown, normalise } from './printed.ts';
import { cli, cliJson, type ServerRun } from './server-run.ts';

const root = path.join(import.meta.dirname, '../..');
const limitMs = 90_000;

/** The apps that documents speak of, by name. */
const code: Readonly<Record<string, string>> = {
  guestbook: path.join(root, 'examples/guestbook'),
  shop: path.join(root, 'test/fixtures/shop'),
  stock: path.join(root, 'test/fixtures/stock'),
};

interface Desk {
  readonly run: ServerRun;
  /** The reader's home folder. */
  readonly folder: string;
}

export async function runDocument(file: string, run: ServerRun): Promise<void> {
  const document = parseDocument(readFileSync(path.join(root, file), 'utf8'));
  const desk = { run, folder: mkdtempSync(path.join(tmpdir(), 'dozen-document-')) };
  try {
    let cwd = await setOut(document, desk);
    for (const block of document.blocks)
      if (block.elsewhere === null) cwd = await runBlock(block, { desk, cwd, file });
  } finally {
    await clearAway(run);
    rmSync(desk.folder, { recursive: true });
  }
}

/** What the document presupposes; the folder that its reader is in. */
async function setOut(document: Document, desk: Desk): Promise<string> {
  copyCode(code.guestbook ?? '', path.join(desk.folder, 'dozen/examples/guestbook'));
  const wanted = document.beginsWith ?? [];
  for (const want of wanted) {
    const [, only, name = ''] = /^(code of )?(\w+)$/.exec(want) ?? [];
    const source = code[name];
    if (source === undefined) throw new Error(`no document begins with ${JSON.stringify(want)}`);
    const checkout = path.join(desk.folder, name);
    copyCode(source, checkout);
    git(checkout, 'init', '--quiet', '--initial-branch=main');
    commit(checkout, 'Begin');
    if (only === undefined) await deploy(name, checkout, desk);
  }
  const [first] = wanted;
  return first === undefined ? desk.folder : path.join(desk.folder, first.split(' ').at(-1) ?? '');
}

function copyCode(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (entry) => !/\/(node_modules|dist)$/.test(entry) });
}

async function deploy(name: string, checkout: string, desk: Desk): Promise<void> {
  for (const command of [`dozen apps create ${name}`, `dozen git:remote -a ${name}`, 'git push dozen main']) {
    const { status, printed } = await runCommand(command, { desk, cwd: checkout });
    assert.equal(status, 0, `${command}\n${printed}`);
  }
}

interface Place {
  readonly desk: Desk;
  readonly cwd: string;
  readonly file: string;
}

/** The folder that its last command left the reader in. */
async function runBlock(block: Block, { desk, file, cwd: from }: Place): Promise<string> {
  let cwd = from;
  let printed = '';
  const shown = block.prints === null ? null : normalise(block.prints.join('\n'));
  const steps = [
    ...block.before.map((command) => ({ command, hidden: true })),
    ...block.commands.map((command) => ({ command, hidden: false })),
  ];
  for (const [at, { command, hidden }] of steps.entries()) {
    const isLast = at === steps.length - 1;
    const until = isLast && block.ends === 'when shown' && shown !== null ? shown : null;
    const ran = await runCommand(command, { desk, cwd, input: block.input, until });
    cwd = ran.cwd ?? cwd;
    if (!hidden) printed += ran.printed;
    const where = `${file}, block at line ${block.line}: ${command}`;
    if (until === null) {
      const wanted = isLast && block.ends === 'badly';
      assert.equal(ran.status !== 0, wanted, `${where}\nended with ${ran.status}:\n${ran.printed}`);
    }
  }
  if (shown !== null)
    compare(normalise(printed), shown, `${file}, block at line ${block.line}: ${block.commands.at(-1)}`);
  return cwd;
}

/** The message is the page's lines (-) against what was printed (+). */
function compare(printed: readonly string[], shown: readonly string[], where: string): void {
  if (isAsShown(printed, shown)) return;
  const folded = fold(printed, shown);
  const missing = shown.map((line) => (folded.includes(line) ? `  ${line}` : `- ${line}`));
  const added = folded.map((line) => (shown.includes(line) ? `  ${line}` : `+ ${line}`));
  assert.fail(`${where}\nis shown (-):\n${missing.join('\n')}\nwas printed (+):\n${added.join('\n')}`);
}

interface Running {
  readonly desk: Desk;
  readonly cwd: string;
  readonly input?: string;
  /** It is ended once it has printed this. */
  readonly until?: readonly string[] | null;
}

interface Ran {
  readonly status: number | null;
  readonly printed: string;
  /** Null when it was ended. */
  readonly cwd: string | null;
}

async function runCommand(command: string, { desk, cwd, input = '', until = null }: Running): Promise<Ran> {
  const script = `exec 2>&1\n${inside(command, desk)}\nstatus=$?; pwd >&3; exit $status`;
  const child = spawn('bash', ['-c', script], {
    cwd,
    env: environment(desk),
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
  });
  const [stdin, stdout, , places] = child.stdio as unknown as readonly [Writable, Readable, null, Readable];
  const end = (signal: NodeJS.Signals): void => void process.kill(-(child.pid ?? 0), signal);
  const limit = setTimeout(() => end('SIGKILL'), limitMs);
  stdin.on('error', () => undefined);
  stdin.end(input);
  let said = '';
  let ended = false;
  stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
    if (until === null || ended || !isAsShown(normalise(outside(said, desk)), until)) return;
    ended = true;
    end('SIGINT');
  });
  const [left, [status]] = await Promise.all([
    text(places),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  clearTimeout(limit);
  return { status, printed: outside(said, desk), cwd: left.trim() === '' ? null : left.trim() };
}

/** Documents are written for port 8080. */
function inside(command: string, { run }: Desk): string {
  return command
    .replaceAll(':8080', `:${run.routerPort}`)
    .replaceAll(':7700', `:${new URL(run.apiUrl).port}`);
}

function outside(printed: string, { run, folder }: Desk): string {
  return printed
    .replaceAll(new RegExp(`(:|port )${run.routerPort}\\b`, 'g'), '$18080')
    .replaceAll(`:${new URL(run.apiUrl).port}`, ':7700')
    .replaceAll(run.home, '/var/lib/dozen')
    .replaceAll(folder, '~');
}

function environment({ run, folder }: Desk): NodeJS.ProcessEnv {
  const { DOZEN_APP, ...inherited } = process.env;
  return {
    ...inherited,
    PATH: `${path.dirname(dozen)}:${process.env.PATH}`,
    HOME: folder,
    DOZEN_HOME: run.home,
    GIT_AUTHOR_NAME: 'Ada',
    GIT_AUTHOR_EMAIL: 'ada@example.org',
    GIT_COMMITTER_NAME: 'Ada',
    GIT_COMMITTER_EMAIL: 'ada@example.org',
    GIT_PAGER: 'cat',
    TERM: 'dumb',
  };
}

/** The next document finds the server empty. */
async function clearAway({ home }: ServerRun): Promise<void> {
  for (const { name } of await cliJson<{ name: string }[]>(home, ['apps']))
    await cli(home, ['apps', 'destroy', '-a', name, '--confirm', name]);
  for (const { name } of await cliJson<{ name: string }[]>(home, ['services']))
    await cli(home, ['services', 'destroy', name, '--confirm', name]);
}
