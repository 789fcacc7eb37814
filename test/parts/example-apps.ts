/** The apps that show what a probe catches, and those that break nothing. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ProbeId } from '../../src/factors/law.ts';
import { probes } from '../../src/factors/probes.ts';
import { findProgram } from '../../src/prover/programs.ts';
import { type Codebase, type CodebaseState, codebaseOf } from './checked-app.ts';

const root = path.join(import.meta.dirname, '../..');

export interface ExampleApp {
  /** Relative to the repository. */
  readonly name: string;
  /** The probe that it is there for; null for an app that breaks nothing. */
  readonly probe: ProbeId | null;
  readonly broken: readonly ProbeId[];
  readonly state: CodebaseState;
  /** Programs of the machine without which it shows nothing. */
  readonly missing: readonly string[];
}

interface Expected {
  readonly probe: ProbeId;
  readonly broken: readonly ProbeId[];
  readonly git?: CodebaseState;
  readonly needs?: readonly string[];
}

export function brokenExamples(): readonly ExampleApp[] {
  return globSync('examples/broken/*/expected.json', { cwd: root })
    .sort()
    .map((file) => {
      const {
        probe,
        broken,
        git = 'commit',
        needs = [],
      } = JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Expected;
      const wanted = [...needs, ...neededToRun(probe), ...neededBy(path.dirname(file))];
      const missing = wanted.filter((program) => findProgram(program) === null);
      return { name: path.dirname(file), probe, broken: [...broken].sort(), state: git, missing };
    });
}

function neededToRun(probe: ProbeId): readonly string[] {
  const runs = probes.find(({ id }) => id === probe)?.method === 'run';
  return runs ? ['bwrap', 'strace'] : [];
}

function neededBy(name: string): readonly string[] {
  const file = path.join(root, name, 'app.json');
  const declared = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return Object.entries(servers).flatMap(([kind, program]) =>
    declared.includes(`"${kind}`) ? [program] : [],
  );
}

/** By the name that `app.json` has for them. PostgreSQL comes with Dozen. */
const servers: Readonly<Record<string, string>> = {
  redis: 'redis-server',
  mariadb: 'mariadbd',
  rabbitmq: 'erl_call',
};

export function goodExamples(): readonly ExampleApp[] {
  const names = globSync(['examples/minimal/*', 'examples/exemplary/*'], { cwd: root }).sort();
  return [...names, 'examples/guestbook'].map((name) => {
    const missing = neededBy(name).filter((program) => findProgram(program) === null);
    return { name, probe: null, broken: [], state: 'commit', missing };
  });
}

export function codebaseOfExample({ name, state }: ExampleApp): Codebase {
  return codebaseOf(path.join(root, name), { state });
}
