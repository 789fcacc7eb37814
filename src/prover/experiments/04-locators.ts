import {
  type LocatorFacts,
  locatorsComeFromConfig,
} from '../../factors/04-backing-services/probe-locators.ts';
import { type Experiment, sourceExperiment } from '../experiment.ts';
import type { LocatorHit } from '../source/hit.ts';
import type { CodeReading } from '../source/reading.ts';
import { evidenceAt, observeCode, unreadOf } from './code.ts';

function factsOf(reading: CodeReading): LocatorFacts {
  const locators = reading.scan.hits
    .filter((hit): hit is LocatorHit => hit.kind === 'locator')
    .map(({ target, fallbackOf, at }) => ({ target, fallbackOf, evidence: evidenceAt(at) }));
  return { locators, unread: unreadOf(reading) };
}

export const experiments: readonly Experiment[] = [
  sourceExperiment<LocatorFacts>({
    factor: 'backing-services',
    name: 'addresses of services in the code',
    probes: [locatorsComeFromConfig],
    collect: (subject, signal) => observeCode(subject, { signal, facts: factsOf }),
  }),
];
