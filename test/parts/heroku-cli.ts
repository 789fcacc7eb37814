/** The official command line as a person has it that follows docs/heroku-cli.md: installed once, in a home of the test's own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Ran } from './server-run.ts';

const root = path.join(import.meta.dirname, '../..');
const wanted = path.join(root, 'test/heroku/cli');
const installed = path.join(root, '.cache/heroku-cli');
const program = path.join(installed, 'node_modules/heroku/bin/run.js');

/** Unless it is there already, from the same lockfile. */
export function installHerokuCli(): void {
  const lockOf = (folder: string): string => readFileSync(path.join(folder, 'package-lock.json'), 'utf8');
  if (existsSync(installed) && lockOf(installed) === lockOf(wanted)) return;
  const fresh = `${installed}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  for (const name of ['package.json', 'package-lock.json'])
    cpSync(path.join(wanted, name), path.join(fresh, name));
  const npm = path.join(root, 'node_modules/npm/bin/npm-cli.js');
  const args = [npm, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: fresh, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm ci of the official command line: ${stderr}`);
  rmSync(installed, { recursive: true, force: true });
  renameSync(fresh, installed);
}

export interface HerokuCli {
  readonly env: Readonly<Record<string, string>>;
  run(args: readonly string[], options?: HerokuRun): Promise<Ran>;
  start(args: readonly string[], options?: HerokuRun): ChildProcess;
  /** Program and arguments. */
  commandOf(args: readonly string[]): readonly string[];
  /** Hosts beyond this machine that it tried to reach. */
  strangers(): string;
  remove(): void;
}

export interface HerokuRun {
  readonly cwd?: string;
  readonly input?: string;
}

/** @param variables what `dozen heroku:env --token --json` says */
export function openHerokuCli(variables: Readonly<Record<string, string>>): HerokuCli {
  const home = mkdtempSync(path.join(tmpdir(), 'dozen-heroku-'));
  const strangers = path.join(home, 'strangers');
  const bin = path.join(home, 'bin');
  mkdirSync(bin);
  // Git asks it for the token by this name.
  const words = [process.execPath, program].map((word) => `'${word}'`).join(' ');
  writeFileSync(path.join(bin, 'heroku'), `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  const env = {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: home,
    XDG_CONFIG_HOME: path.join(home, 'config'),
    XDG_DATA_HOME: path.join(home, 'data'),
    XDG_CACHE_HOME: path.join(home, 'cache'),
    LANG: 'C.UTF-8',
    TERM: 'xterm',
    NO_COLOR: '1',
    ...variables,
    NODE_OPTIONS: `--require=${path.join(root, 'test/heroku/only-loopback.cjs')}`,
    ONLY_LOOPBACK_FILE: strangers,
  };
  const commandOf = (args: readonly string[]): readonly string[] => [process.execPath, program, ...args];
  const start = (args: readonly string[], { cwd = home }: HerokuRun = {}): ChildProcess => {
    const [node = '', ...rest] = commandOf(args);
    return spawn(node, rest, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  };
  return {
    env,
    start,
    commandOf,
    async run(args, options = {}) {
      const child = start(args, options);
      child.stdin?.on('error', () => undefined).end(options.input ?? '');
      const [stdout, stderr, [status]] = await Promise.all([
        textOf(child.stdout),
        textOf(child.stderr),
        once(child, 'close') as Promise<[number | null]>,
      ]);
      return { status, stdout, stderr };
    },
    strangers: () => (existsSync(strangers) ? readFileSync(strangers, 'utf8') : ''),
    remove: () => rmSync(home, { recursive: true }),
  };
}

async function textOf(stream: AsyncIterable<Buffer> | null): Promise<string> {
  if (stream === null) throw new TypeError('its output is not piped');
  return Buffer.concat(await Array.fromAsync(stream)).toString();
}
