import {
  type FoundImport,
  type ImportFacts,
  importsOnlyWhatItDeclares,
} from '../../factors/02-dependencies/probe-imports.ts';
import { type Experiment, sourceExperiment } from '../experiment.ts';
import type { ImportHit } from '../source/hit.ts';
import { packageIn, standingOf } from '../source/packages.ts';
import type { CodeReading } from '../source/reading.ts';
import { evidenceAt, observeCode, unreadOf } from './code.ts';

function factsOf(reading: CodeReading): ImportFacts {
  const { scan, packages } = reading;
  const imports = scan.hits
    .filter((hit): hit is ImportHit => hit.kind === 'import')
    .filter(({ optional, typeOnly }) => !optional && !typeOnly)
    .map((hit) => ({ hit, standing: standingOf(hit.specifier, hit.at.file, packages) }));
  const withStanding = (wanted: string): readonly FoundImport[] =>
    imports.filter(({ standing }) => standing === wanted).map(({ hit }) => found(hit));
  return {
    undeclared: withStanding('undeclared'),
    development: withStanding('development'),
    unread: unreadOf(reading),
  };
}

const found = ({ specifier, at }: ImportHit): FoundImport => ({
  package: packageIn(specifier) ?? specifier,
  evidence: evidenceAt(at),
});

export const experiments: readonly Experiment[] = [
  sourceExperiment<ImportFacts>({
    factor: 'dependencies',
    name: 'imports, and what package.json declares',
    probes: [importsOnlyWhatItDeclares],
    collect: (subject, signal) => observeCode(subject, { signal, facts: factsOf }),
  }),
];
