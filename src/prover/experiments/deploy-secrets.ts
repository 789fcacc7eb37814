/** Which values of a deploy are secret: those that stand neither in the tree nor in the build. */
import { type SecretText, secretTexts } from '../../factors/03-config/probe-secrets.ts';
import type { ChamberJob } from '../chamber/job.ts';
import type { Deploy } from '../lab/lab.ts';

const ordinary = new Set(['HOME', 'LANG', 'PATH', 'PORT']);

export function secretsOf(
  { variables }: Pick<Deploy, 'variables'>,
  { app, subject }: Pick<ChamberJob, 'app' | 'subject'>,
): readonly SecretText[] {
  const { environment, appJson } = app;
  const isOpen = (name: string, value: string): boolean =>
    ordinary.has(name) ||
    environment[name] === value ||
    appJson?.env[name]?.value === value ||
    subject.scenario.env[name] === value;
  return Object.entries(variables)
    .filter(([name, value]) => !isOpen(name, value))
    .flatMap(([name, value]) => secretTexts(name, value));
}
