/** What is not proven, and what would prove it, as the formats share it. */
import type { Finding } from '../../factors/law.ts';
import { scenarioName } from '../scenario/scenario.ts';

export type Group = readonly [Finding, ...Finding[]];

/** More are a list. */
export const fewFindings = 3;

/** Those that lack the same for the same reason. */
export function together(findings: readonly Finding[]): readonly Group[] {
  const groups = new Map<string, [Finding, ...Finding[]]>();
  for (const finding of findings) {
    const key = JSON.stringify([reasonOf(finding), finding.prove]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()];
}

/** What a process that does not start says of it is the reason of all that needed one, however each puts it. */
const reasonOf = ({ because, prove }: Finding): string =>
  prove === undefined ? (/\bended with .*$/s.exec(because)?.[0] ?? because) : because;

export interface Proving {
  /** Says where the lines go. */
  readonly title: string;
  readonly language: 'yaml' | 'sh';
}

/** @param prove lines of a scenario, or a command */
export function proving(prove: string): Proving {
  return /^(?:#|[a-z][\w-]*:)/.test(prove)
    ? { title: `To prove it, in ${scenarioName}`, language: 'yaml' }
    : { title: 'To prove it', language: 'sh' };
}
