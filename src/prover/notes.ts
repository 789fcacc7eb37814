/** What is said of a check before its findings: what was not looked at, and what is not accepted any more. */
import { few } from '../factors/law.ts';
import { scenarioName } from './scenario/scenario.ts';
import type { Subject } from './subject.ts';

/** @param today as `YYYY-MM-DD` */
export function notesOf(subject: Subject, today: string): readonly string[] {
  return [...notesOfChanges(subject), ...notesOfAcceptances(subject, today)];
}

/** The scenario has a note of its own: whether it is used does not hang on a commit alone. */
function notesOfChanges({ commit, scenarioFile }: Subject): readonly string[] {
  const warnings = commit?.warnings ?? [];
  const changed = warnings.filter(({ code }) => code === 'UNCOMMITTED_CHANGES').flatMap(({ names }) => names);
  const others = changed.filter((name) => name !== JSON.stringify(scenarioName));
  const isUnused = scenarioFile === null || scenarioFile === scenarioName;
  return [
    ...(others.length < changed.length && isUnused
      ? [
          `${scenarioName} as it lies there is not used: commit it, or give it with --scenario ${scenarioName}`,
        ]
      : []),
    ...(others.length === 0 ? [] : [`Uncommitted changes are not checked: ${few(others)}`]),
    ...warnings.filter(({ code }) => code === 'CHANGES_UNKNOWN').map(({ message }) => message),
  ];
}

function notesOfAcceptances({ scenario }: Subject, today: string): readonly string[] {
  return scenario.accept
    .filter(({ until }) => until < today)
    .map(({ probe, until }) => `${probe} was accepted until ${until}, and is not any more`);
}
