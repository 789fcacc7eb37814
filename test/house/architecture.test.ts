import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '../..');

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typesOnly: boolean;
}

const statement =
  /\b(import|export)(\s+type)?\s+(?:[\w*{}\s,$]+?\s+from\s+)?'([^']+)'|\bimport\(\s*'([^']+)'/g;

/** What a probe shows of other people's code is not code of ours. */
function codeOf(file: string): string {
  return readFileSync(path.join(root, file), 'utf8').replaceAll(/^ +fixes: \{$.*?^ +\},$/gms, '');
}

function importsOf(file: string): Import[] {
  const text = codeOf(file);
  return [...text.matchAll(statement)].map((match) => {
    const target = match[3] ?? match[4] ?? '';
    const to = target.startsWith('.')
      ? path.posix.normalize(path.posix.join(path.posix.dirname(file), target))
      : target;
    return { from: file, to, typesOnly: match[2] !== undefined };
  });
}

const sources = globSync('src/**/*.ts', { cwd: root })
  .filter((file) => !/\.(test|contract)\.ts$/.test(file))
  .sort();
const imports = sources.flatMap(importsOf);

const wings = ['engines', 'builders', 'services', 'drains', 'router', 'git', 'store'];
const contracts = new Set([
  'src/engines/engine.ts',
  'src/builders/builder.ts',
  'src/services/provider.ts',
  'src/drains/drain.ts',
  'src/router/router.ts',
  'src/store/store.ts',
  'src/store/pipeline-store.ts',
  'src/store/schedule-store.ts',
  'src/git/codebase.ts',
  'src/git/server/git-server.ts',
]);

const floor = (file: string): string => file.split('/')[1] ?? '';
const room = (file: string): number => Number(/^src\/factors\/(\d\d)-/.exec(file)?.[1] ?? Number.NaN);

function assertNone(broken: readonly Import[], rule: string): void {
  assert.deepEqual(
    broken.map(({ from, to }) => `${from} imports ${to}`),
    [],
    rule,
  );
}

test('base imports nothing but base', () => {
  assertNone(
    imports.filter((i) => floor(i.from) === 'base' && floor(i.to) !== 'base'),
    'base stands on nothing',
  );
});

/** Packages that compute and touch nothing. */
const purePackages = new Set(['semver', 're2js']);

test('a factor imports only lower rooms, law.ts, base and pure packages', () => {
  const broken = imports.filter((i) => {
    if (Number.isNaN(room(i.from))) return false;
    if (i.to === 'src/factors/law.ts' || floor(i.to) === 'base' || purePackages.has(i.to)) return false;
    return !(room(i.to) <= room(i.from));
  });
  assertNone(broken, 'the staircase goes down only');
});

test('a probe imports law.ts and probes beside it', () => {
  const isProbe = (file: string): boolean => /^src\/factors\/\d\d-[^/]+\/probe(s|-[^/]+)\.ts$/.test(file);
  assertNone(
    imports.filter(
      (i) =>
        isProbe(i.from) && i.to !== 'src/factors/law.ts' && !(isProbe(i.to) && room(i.to) === room(i.from)),
    ),
    'what judges shares no code with what is judged',
  );
});

test('the files above the rooms import rooms and base only', () => {
  const landing = imports.filter((i) => floor(i.from) === 'factors' && Number.isNaN(room(i.from)));
  assertNone(
    landing.filter((i) => !['factors', 'base'].includes(floor(i.to))),
    'the law knows no wing',
  );
});

test('the law reads no clock and no chance', () => {
  const impure = sources
    .filter((file) => ['base', 'factors'].includes(floor(file)))
    .filter((file) =>
      /Date\.now\(|new Date\(\)|Temporal\.Now|Math\.random\(|process\.(env|hrtime)|performance\.now/.test(
        codeOf(file),
      ),
    );
  assert.deepEqual(impure, []);
});

test('a wing imports factors, base, itself, and the words of other contracts', () => {
  const broken = imports.filter(
    (i) =>
      wings.includes(floor(i.from)) &&
      i.to.startsWith('src/') &&
      !['factors', 'base', floor(i.from)].includes(floor(i.to)) &&
      !(contracts.has(i.to) && i.typesOnly),
  );
  assertNone(broken, 'wings do not know each other');
});

test('platform imports a wing only through its contract, as types', () => {
  const broken = imports.filter(
    (i) =>
      floor(i.from) === 'platform' &&
      i.to.startsWith('src/') &&
      !['factors', 'base', 'platform'].includes(floor(i.to)) &&
      !(contracts.has(i.to) && i.typesOnly),
  );
  assertNone(broken, 'verbs know contracts');
});

test('platform touches no file, process or socket', () => {
  assertNone(
    imports.filter((i) => floor(i.from) === 'platform' && i.to.startsWith('node:')),
    'effects live in wings',
  );
});

test('a room says what is proven of it in the words of the law alone', () => {
  const broken = imports.filter(
    (i) => /^src\/factors\/\d\d-[^/]+\/probe(s|-[^/]+)\.ts$/.test(i.from) && !isProbeImport(i),
  );
  assertNone(broken, 'probes import law.ts only');
});

/** The list in `probes.ts` may be made of files beside it. */
function isProbeImport({ from, to }: Import): boolean {
  return (
    to === 'src/factors/law.ts' ||
    (path.posix.dirname(to) === path.posix.dirname(from) && /\/probe-[^/]+\.ts$/.test(to))
  );
}

/** The prover's composition root: it names implementations. */
const proverRoot = new Set(['src/prover/main.ts', 'src/prover/open-subject.ts', 'src/prover/workshop.ts']);
/** What it names beside builders and git: what a build needs. */
const proverParts = new Set([
  'src/engines/local/build-host.ts',
  'src/services/postgres/runtime.ts',
  'src/store/artifacts.ts',
  'src/store/layers.ts',
]);

test('the prover imports factors, base, itself and the words of contracts; its root what a build needs', () => {
  const mayImport = (i: Import): boolean =>
    ['factors', 'base', 'prover'].includes(floor(i.to)) ||
    (contracts.has(i.to) && i.typesOnly) ||
    (proverRoot.has(i.from) && (['builders', 'git'].includes(floor(i.to)) || proverParts.has(i.to)));
  assertNone(
    imports.filter((i) => floor(i.from) === 'prover' && i.to.startsWith('src/') && !mayImport(i)),
    'the prover launches, watches and judges with its own code',
  );
});

test('only main.ts imports the composition root of the prover', () => {
  assertNone(
    imports.filter((i) => i.to === 'src/prover/main.ts' && i.from !== 'src/main.ts'),
    'prover/main.ts is imported by nobody else',
  );
});

test('cli knows only the wire, and how a report is shown', () => {
  const ofProver = (i: Import): boolean =>
    /^src\/prover\/(report|scenario)\//.test(i.to) || (i.to === 'src/prover/check.ts' && i.typesOnly);
  const broken = imports.filter(
    (i) =>
      floor(i.from) === 'cli' &&
      i.to.startsWith('src/') &&
      !['cli', 'api', 'factors', 'base'].includes(floor(i.to)) &&
      !ofProver(i),
  );
  assertNone(broken, 'a face imports api, factors, base, and reports and scenarios of the prover');
});

test('api is shapes and a client: factors and base only', () => {
  const broken = imports.filter(
    (i) =>
      floor(i.from) === 'api' && i.to.startsWith('src/') && !['api', 'factors', 'base'].includes(floor(i.to)),
  );
  assertNone(broken, 'the wire knows no server');
});

test('only main.ts imports the composition root', () => {
  const broken = imports.filter(
    (i) => floor(i.to) === 'daemon' && floor(i.from) !== 'daemon' && i.from !== 'src/main.ts',
  );
  assertNone(broken, 'daemon is imported by nobody');
});

test('a scenario is read without anything that runs an app', () => {
  const broken = imports.filter(
    (i) =>
      i.from.startsWith('src/prover/scenario/') &&
      i.to.startsWith('src/') &&
      !['factors', 'base'].includes(floor(i.to)) &&
      !i.to.startsWith('src/prover/scenario/'),
  );
  assertNone(broken, 'the scenario knows factors, base and itself');
});

test('a verb does not call a verb, but for the shared tails', () => {
  const tails = new Set(
    [
      'rollout',
      'carry-out',
      'release-again',
      'provide-services',
      'service-host',
      'bind-service',
      'current',
      'known-codebase',
      'desired',
      'reach',
      'export-holder',
      'release-build',
      'last-lines',
      'platform',
      'turns',
    ].map((name) => `src/platform/${name}.ts`),
  );
  const broken = imports.filter(
    (i) => floor(i.from) === 'platform' && floor(i.to) === 'platform' && !tails.has(i.to) && !i.typesOnly,
  );
  assertNone(broken, 'verbs share rollout, nothing else');
});

test('no cycle, types included', () => {
  const next = new Map<string, string[]>();
  for (const i of imports) next.set(i.from, [...(next.get(i.from) ?? []), i.to]);
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file))
      assert.fail(`cycle: ${[...trail.slice(trail.indexOf(file)), file].join(' -> ')}`);
    if (done.has(file)) return;
    for (const target of next.get(file) ?? []) visit(target, [...trail, file]);
    done.add(file);
  };
  for (const file of sources) visit(file, []);
});

test('every relative import names a file that exists', () => {
  const known = new Set(globSync('src/**/*.ts', { cwd: root }));
  assertNone(
    imports.filter((i) => i.to.startsWith('src/') && !known.has(i.to)),
    'imports resolve',
  );
});
