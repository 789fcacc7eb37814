/** One command of a build, and what to say when it fails. */
import { mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { userError } from '../base/error.ts';
import { describeExit, type Exit } from '../factors/06-processes/process.ts';
import type { BuildHost, BuildSettings } from './builder.ts';
import { failureHint } from './failure-hint.ts';

export interface Step {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** With the network comes what the operator set to reach registries. */
  readonly network: boolean;
  readonly lowers: readonly string[];
  readonly upper: string;
}

/** What all steps of a build share. */
export interface Bench {
  readonly host: BuildHost;
  readonly settings: BuildSettings;
  readonly onOutput: (chunk: Buffer) => void;
  readonly signal: AbortSignal;
}

/** Empty at the start of each build; never part of a layer. */
export const buildHome = '/home/build';

const lastLinesKept = 10;
const left = 'No release was made, and what ran before runs on';
/** Running apps go first. */
const buildNice = 15;

/** @throws BUILD_FAILED, BUILD_TIMEOUT, BUILD_OUT_OF_MEMORY, BUILD_OUT_OF_DISK, DISK_FULL */
export async function runStep(bench: Bench, step: Step): Promise<string> {
  const tail = new Tail();
  const limit = AbortSignal.timeout(bench.settings.timeoutMs);
  const onOutput = (chunk: Buffer): void => {
    tail.write(chunk);
    bench.onOutput(chunk);
  };
  onOutput(Buffer.from(`$ ${step.argv.join(' ')}\n`));
  try {
    const exit = await start(bench, { ...step, onOutput, signal: AbortSignal.any([bench.signal, limit]) });
    if (exit.kind === 'code' && exit.code === 0) return tail.text();
    throw failure(step, { exit, tail, bench });
  } catch (error) {
    if (limit.aborted && !bench.signal.aborted) throw timedOut(step, bench.settings.timeoutMs);
    throw error;
  }
}

/** A root-shaped folder for the build's home; `files` by name. */
export function makeHome(folder: string, files: Readonly<Record<string, string>>): string {
  const home = path.join(folder, buildHome);
  mkdirSync(home, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(home, name), text);
  return folder;
}

type Listening = Step & { readonly onOutput: (chunk: Buffer) => void; readonly signal: AbortSignal };

function start({ host, settings }: Bench, step: Listening): Promise<Exit> {
  const operator = step.network ? settings.env : {};
  return host.run({
    ...step,
    env: { HOME: buildHome, LANG: 'C.UTF-8', TERM: 'dumb', ...operator, ...step.env },
    shown: step.network ? settings.shown : [],
    memoryLimit: settings.memoryLimit,
    diskLimit: settings.diskLimit,
    nice: buildNice,
  });
}

interface Failed {
  readonly exit: Exit;
  readonly tail: Tail;
  readonly bench: Bench;
}

function failure({ argv, upper }: Step, { exit, tail, bench }: Failed): Error {
  const command = JSON.stringify(argv.join(' '));
  const { bavail, bsize, ffree } = statfsSync(upper);
  if (bavail * bsize < 1024 * 1024 || ffree === 0) {
    const hint = `Free space on the disk of ${JSON.stringify(upper)} and deploy again`;
    return userError('DISK_FULL', `Cannot build: the disk was full when ${command} ended`, { hint, left });
  }
  if (exit.kind === 'memory') {
    const hint = `Set DOZEN_BUILD_MEMORY_MB to more than ${Math.round(bench.settings.memoryLimit / 1024 / 1024)}`;
    return userError('BUILD_OUT_OF_MEMORY', `Cannot build: ${command} ended, ${describeExit(exit)}`, {
      hint,
      left,
    });
  }
  if (exit.kind === 'disk') {
    const hint = `Set DOZEN_BUILD_DISK_MB to more than ${Math.round(exit.limit / 1024 / 1024)}`;
    return userError('BUILD_OUT_OF_DISK', `Cannot build: ${command} ended, ${describeExit(exit)}`, {
      hint,
      left,
    });
  }
  const hint = failureHint(tail.text());
  return userError('BUILD_FAILED', `Cannot build: ${command} ended, ${describeExit(exit)}`, { hint, left });
}

function timedOut({ argv }: Step, timeoutMs: number): Error {
  const command = JSON.stringify(argv.join(' '));
  return userError('BUILD_TIMEOUT', `Cannot build: ${command} was stopped after ${timeoutMs / 1000} s`, {
    hint: `Make it faster, or set DOZEN_BUILD_TIMEOUT_S to more than ${timeoutMs / 1000}`,
    left,
  });
}

/** The last lines of an output, however long it is. */
class Tail {
  #text = '';

  write(chunk: Buffer): void {
    this.#text = (this.#text + chunk.toString('utf8')).slice(-16 * 1024);
  }

  text(): string {
    return this.#text.trimEnd().split('\n').slice(-lastLinesKept).join('\n');
  }
}
