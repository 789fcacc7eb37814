import { formatProcessName, parseProcessName } from '../06-processes/process-name.ts';
import type { ScheduleRun } from './schedule-run.ts';

const prefix = 'cron-';
/** What is left of a process type's 63 characters. */
export const scheduleNameLimit = 63 - prefix.length;

const lastIndex = 99_999;

/**
 * The name of a schedule's next process, `cron-tidy.8` after `cron-tidy.7`. A process type that is called so already keeps its name.
 * @param runs newest first
 */
export function nextProcess(
  schedule: string,
  { runs, types }: { readonly runs: readonly ScheduleRun[]; readonly types: readonly string[] },
): string {
  let type = `${prefix}${schedule}`;
  while (types.includes(type)) type = `${prefix}${type}`;
  const last = runs.find(({ process }) => process?.startsWith(`${type}.`))?.process ?? null;
  const index = last === null ? 0 : parseProcessName(last).index;
  return formatProcessName({ type, index: (index % lastIndex) + 1 });
}
