/** What the prover says of services that files name for development, tests and production. */
import { broken, type Evidence, holds, notApplicable, type Probe, some, unproven } from '../law.ts';

export interface ServicesFacts {
  readonly named: readonly NamedService[];
  /** Kinds that the drivers among the dependencies can speak with, a list for each driver. */
  readonly drivers: readonly Driver[];
  /** Files that name services and cannot be read. */
  readonly unread: readonly string[];
}

/** Where a service is named: for whom. */
export type Stage = 'development' | 'tests' | 'production';

export interface NamedService {
  readonly kind: ServiceKind;
  /** Its major version; null: it is named without one. */
  readonly version: string | null;
  readonly stage: Stage;
  readonly at: Evidence;
}

export interface Driver {
  readonly name: string;
  readonly speaks: readonly ServiceKind[];
  readonly at: Evidence;
}

export type ServiceKind =
  | 'postgres'
  | 'mysql'
  | 'mariadb'
  | 'sqlite'
  | 'mongodb'
  | 'redis'
  | 'valkey'
  | 'memcached'
  | 'rabbitmq'
  | 'nats'
  | 'kafka'
  | 'elasticsearch'
  | 'opensearch';

const source = 'https://12factor.net/dev-prod-parity';

/** Kinds that stand in for each other. */
const families: readonly (readonly ServiceKind[])[] = [
  ['postgres', 'mysql', 'mariadb', 'mongodb', 'sqlite'],
  ['redis', 'valkey', 'memcached'],
  ['rabbitmq', 'nats', 'kafka'],
  ['elasticsearch', 'opensearch'],
];

const stages: readonly Stage[] = ['development', 'tests', 'production'];

export const namesTheSameKindsOfServices: Probe<ServicesFacts> = {
  id: 'dev-prod-parity/names-the-same-kinds-of-services',
  statement: 'Names the same kinds of services for development, tests and production',
  method: 'source',
  why: 'Two kinds of database differ in small ways, and what differs fails first in production',
  source,
  how: 'Compare the services that compose files, CI files and app.json name, and what the drivers in package.json, requirements.txt and Gemfile speak',
  blind:
    'Services that no file names; a service that only one place names is no difference; two kinds of one family that do different work look like one in place of the other',
  mend: 'Name the kind that production has in every place',
  fixes: {
    javascript:
      '# compose.yaml\nservices:\n  database:\n    image: postgres:18\n// app.json\n"addons": ["postgres:18"]',
    python:
      '# compose.yaml\nservices:\n  database:\n    image: postgres:18\n# requirements.txt\npsycopg==3.2.3',
    ruby: "# compose.yaml\nservices:\n  database:\n    image: postgres:18\n# Gemfile\ngem 'pg'",
  },
  judge({ named, drivers, unread }) {
    const differences = families.flatMap((family) => [
      ...betweenStages(named.filter(({ kind }) => family.includes(kind))),
      ...notSpoken(named, { family, drivers }),
    ]);
    const evidence = differences.flatMap(({ pieces }) => pieces);
    if (some(evidence))
      return broken(
        listed(differences.map(({ told }) => told)),
        evidence,
        differences.every(({ ofDriver }) => ofDriver === true)
          ? 'Declare a driver that speaks with the service, or name the service that the driver speaks with'
          : undefined,
      );
    if (unread.length > 0) return unproven(`Services that ${listed(unread, ', ')} may name cannot be read`);
    const compared = families.filter((family) => places(family, { named, drivers }) > 1).flat();
    if (compared.length === 0) return notApplicable('No service is named in two places that could differ');
    const kinds = [...new Set(named.map(({ kind }) => kind))].filter((kind) => compared.includes(kind));
    return holds(
      `Every place that names such a service names the same: ${kinds.join(', ')}`,
      named.filter(({ kind }) => kinds.includes(kind)).map(({ at }) => at),
    );
  },
};

interface Told {
  readonly told: string;
  readonly pieces: readonly Evidence[];
  /** Whether places agree, and no driver speaks with what they name. */
  readonly ofDriver?: boolean;
}

/** Each has a kind that the other has not. */
function betweenStages(named: readonly NamedService[]): Told[] {
  return pairsOf(stages).flatMap(([one, other]) => {
    const here = named.filter(({ stage }) => stage === one);
    const there = named.filter(({ stage }) => stage === other);
    const onlyHere = here.filter(({ kind }) => !there.some((service) => service.kind === kind));
    const onlyThere = there.filter(({ kind }) => !here.some((service) => service.kind === kind));
    if (onlyHere.length === 0 || onlyThere.length === 0) return [];
    const kinds = (services: readonly NamedService[]): string =>
      [...new Set(services.map(({ kind }) => kind))].join(' and ');
    return [
      {
        told: `${kinds(onlyHere)} for ${one}, ${kinds(onlyThere)} for ${other}`,
        pieces: firstOf(onlyHere, onlyThere),
      },
    ];
  });
}

/** A service of a family for which there are drivers, and none of them speaks with it. */
function notSpoken(
  named: readonly NamedService[],
  { family, drivers }: { readonly family: readonly ServiceKind[]; readonly drivers: readonly Driver[] },
): Told[] {
  const fitting = drivers.filter(({ speaks }) => speaks.some((kind) => family.includes(kind)));
  if (fitting.length === 0) return [];
  const spoken = new Set(fitting.flatMap(({ speaks }) => speaks));
  return named
    .filter(({ kind, stage }) => {
      const others = named.filter((service) => service.stage === stage && family.includes(service.kind));
      return family.includes(kind) && !others.some((service) => spoken.has(service.kind));
    })
    .map(({ kind, stage, at }) => ({
      told: `${kind} for ${stage}, and ${fitting.map(({ name }) => name).join(' and ')} as the only driver`,
      pieces: [at, ...fitting.map((driver) => driver.at)],
      ofDriver: true,
    }));
}

function places(
  family: readonly ServiceKind[],
  { named, drivers }: Pick<ServicesFacts, 'named' | 'drivers'>,
): number {
  const inFamily = named.filter(({ kind }) => family.includes(kind));
  const spoken = drivers.some(({ speaks }) => speaks.some((kind) => family.includes(kind)));
  if (inFamily.length === 0) return 0;
  return new Set(inFamily.map(({ stage }) => stage)).size + (spoken ? 1 : 0);
}

export const namesTheSameVersionsOfServices: Probe<ServicesFacts> = {
  id: 'dev-prod-parity/names-the-same-versions-of-services',
  statement: 'Names the same major versions of services for development, tests and production',
  method: 'source',
  why: 'What one major version accepts another refuses, and the first to know is production',
  source,
  how: 'Compare the major versions that compose files, CI files and app.json name for each kind of service',
  blind:
    'The version that runs where no file names one; versions that are put together from variables; a service that only one place names is no difference',
  mend: 'Name the major version that production has in every place',
  fixes: {
    javascript:
      '# compose.yaml\nservices:\n  database:\n    image: postgres:18\n// app.json\n"addons": ["postgres:18"]',
    python:
      '# compose.yaml\nservices:\n  database:\n    image: postgres:18\n# .github/workflows/test.yml, the same\n    image: postgres:18',
    ruby: '# compose.yaml\nservices:\n  database:\n    image: postgres:18\n# .github/workflows/test.yml, the same\n    image: postgres:18',
  },
  judge({ named, unread }) {
    const kinds = [...new Set(named.map(({ kind }) => kind))].filter(
      (kind) => new Set(named.filter((service) => service.kind === kind).map(({ stage }) => stage)).size > 1,
    );
    const shared = named.filter(({ kind }) => kinds.includes(kind));
    const differences = kinds.flatMap((kind) =>
      differentVersions(shared.filter((service) => service.kind === kind)),
    );
    const evidence = differences.flatMap(({ pieces }) => pieces);
    if (some(evidence)) return broken(listed(differences.map(({ told }) => told)), evidence);
    if (unread.length > 0) return unproven(`Services that ${listed(unread, ', ')} may name cannot be read`);
    if (kinds.length === 0)
      return notApplicable('No kind of service is named for two of development, tests and production');
    const open = shared.filter(({ version }) => version === null);
    if (open.length > 0)
      return unproven(
        listed(open.map(({ kind, stage }) => `${kind} is named for ${stage} without a version to compare`)),
      );
    const versions = [...new Set(shared.map(({ kind, version }) => `${kind} ${version}`))];
    return holds(
      `Every place names the same: ${versions.join(', ')}`,
      shared.map(({ at }) => at),
    );
  },
};

/** Two stages that have no version of a kind in common. */
function differentVersions(named: readonly NamedService[]): Told[] {
  return pairsOf(stages).flatMap(([one, other]) => {
    const here = named.filter(({ stage, version }) => stage === one && version !== null);
    const there = named.filter(({ stage, version }) => stage === other && version !== null);
    if (here.length === 0 || there.length === 0) return [];
    if (here.some(({ version }) => there.some((service) => service.version === version))) return [];
    const versions = (services: readonly NamedService[]): string =>
      [...new Set(services.map(({ kind, version }) => `${kind} ${version}`))].join(' and ');
    return [
      {
        told: `${versions(here)} for ${one}, ${versions(there)} for ${other}`,
        pieces: firstOf(here, there),
      },
    ];
  });
}

export const usesOneKindOfDatabase: Probe<ServicesFacts> = {
  id: 'dev-prod-parity/uses-one-kind-of-database',
  statement: 'Uses one kind of database, not SQLite beside a server',
  method: 'source',
  why: 'SQLite in development and PostgreSQL in production differ in types, locks and SQL, whatever lies between',
  source,
  how: 'Look for a driver of SQLite beside one of PostgreSQL or MySQL in package.json, requirements.txt and Gemfile, development included',
  blind:
    'SQLite that comes with the language (node:sqlite, Python); an app that needs both in production, each for its own data',
  mend: 'Run the database of production in development too, and remove the driver of SQLite',
  fixes: {
    javascript: 'npm uninstall better-sqlite3\nnpm install pg',
    python:
      "# settings.py: no other engine in development\nDATABASES = {'default': dj_database_url.config()}",
    ruby: "# Gemfile: instead of gem 'sqlite3', group: :development\ngem 'pg'",
  },
  judge({ drivers }) {
    const embedded = drivers.filter(({ speaks }) => speaks.includes('sqlite'));
    const served = drivers.filter(({ speaks }) =>
      ['postgres', 'mysql', 'mariadb'].some((kind) => speaks.some((known) => known === kind)),
    );
    const evidence = [...embedded, ...served].map(({ at }) => at);
    const names = (list: readonly Driver[]): string => list.map(({ name }) => name).join(' and ');
    if (embedded.length > 0 && served.length > 0 && some(evidence))
      return broken(
        `Drivers of SQLite (${names(embedded)}) and of a server (${names(served)}) are declared`,
        evidence,
      );
    if (evidence.length === 0) return notApplicable('No driver of a relational database is declared');
    return holds(`One kind is declared: ${names([...embedded, ...served])}`, evidence);
  },
};

/** Where the first few of each stand. */
function firstOf(...lists: readonly (readonly NamedService[])[]): readonly Evidence[] {
  return lists.flatMap((list) => list.slice(0, 5).map(({ at }) => at));
}

/** The first few, and how many more there are. */
function listed(told: readonly string[], between = '; '): string {
  const rest = told.length - 5;
  return rest > 0 ? `${told.slice(0, 5).join(between)} and ${rest} more` : told.join(between);
}

function pairsOf<T>(list: readonly T[]): readonly (readonly [T, T])[] {
  return list.flatMap((one, index) => list.slice(index + 1).map((other) => [one, other] as const));
}
