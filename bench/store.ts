/**
 * What a durable commit costs.
 *
 *     node bench/store.ts [FOLDER]
 *
 * Contenders alternate A B C C B A, several rounds, on one disk (FOLDER, default the current one). `floor` is the least
 * any store could do: append 200 bytes and fdatasync. Each figure is the median over rounds, [min-max] their spread.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { Secret } from '../src/factors/03-config/secret.ts';
import { releasable, releaseOf } from '../src/store/contract/subject.contract.ts';
import { masterKey } from '../src/store/sqlite/master-key.ts';
import { migrate } from '../src/store/sqlite/migrations.ts';
import { openStore } from '../src/store/sqlite/sqlite-store.ts';

const rounds = 6;
const commitsPerRound = 1_000;

interface Contender {
  readonly name: string;
  readonly commit: () => unknown;
  readonly rounds: Round[];
}

interface Round {
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
  /** CPU of this process, in microseconds a commit. */
  readonly cpu: number;
}

const folder = mkdtempSync(path.join(process.argv[2] ?? process.cwd(), '.bench-store-'));
try {
  run();
} finally {
  rmSync(folder, { recursive: true });
}

function run(): void {
  const contenders = [floor(), ...storeContenders()];
  for (let round = 0; round < rounds; round++) {
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      contender.rounds.push(measure(contender.commit));
    }
  }
  console.log(
    `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, ${rounds} rounds of ${commitsPerRound}`,
  );
  console.log('| | p50 ms | p99 ms | commits/s | CPU us |\n|---|---|---|---|---|');
  for (const contender of contenders) console.log(rowOf(contender));
}

function floor(): Contender {
  const file = openSync(path.join(folder, 'floor'), 'a');
  process.once('exit', () => closeSync(file));
  const row = Buffer.alloc(200, 'x');
  const commit = (): void => {
    writeSync(file, row);
    fdatasyncSync(file);
  };
  return { name: 'floor: append + fdatasync', commit, rounds: [] };
}

function storeContenders(): Contender[] {
  const file = path.join(folder, 'dozen.db');
  migrate(file);
  const store = openStore(file, { masterKey: masterKey(Buffer.alloc(32, 1)), clock: Date });
  process.once('exit', () => store.close());
  const bare = releasable(store, 'bare');
  const usual = releasable(store, 'usual');
  const variables = Array.from(
    { length: 20 },
    (_, index) => [`V${index}`, new Secret('x'.repeat(40))] as const,
  );
  store.configure(usual.app.id, new Map(variables));
  const one = new Map([['GREETING', new Secret('hello')]]);
  const commits: Readonly<Record<string, () => unknown>> = {
    'one row: nextGeneration': () => store.nextGeneration(bare.app.id),
    'one row: configure one variable': () => store.configure(bare.app.id, one),
    'createRelease, 1 variable': () => releaseOf(store, bare.build),
    'createRelease, 20 variables': () => releaseOf(store, usual.build),
  };
  return Object.entries(commits).map(([name, commit]) => ({ name, commit, rounds: [] }));
}

function measure(commit: () => unknown): Round {
  const times = new Float64Array(commitsPerRound);
  const cpuBefore = process.cpuUsage();
  const before = performance.now();
  for (let index = 0; index < commitsPerRound; index++) {
    const start = performance.now();
    commit();
    times[index] = performance.now() - start;
  }
  const elapsed = performance.now() - before;
  const cpu = process.cpuUsage(cpuBefore);
  times.sort();
  return {
    p50: times[Math.floor(commitsPerRound * 0.5)] ?? 0,
    p99: times[Math.floor(commitsPerRound * 0.99)] ?? 0,
    perSecond: (commitsPerRound / elapsed) * 1_000,
    cpu: (cpu.user + cpu.system) / commitsPerRound,
  };
}

function rowOf({ name, rounds: measured }: Contender): string {
  const cells = (['p50', 'p99', 'perSecond', 'cpu'] as const).map((figure) => {
    const values = measured.map((round) => round[figure]).sort((a, b) => a - b);
    const digits = figure === 'p50' || figure === 'p99' ? 3 : 0;
    const [median, least, most] = [values[values.length >> 1], values[0], values.at(-1)].map((value) =>
      (value ?? 0).toFixed(digits),
    );
    return `${median} [${least}-${most}]`;
  });
  return `| ${[name, ...cells].join(' | ')} |`;
}
