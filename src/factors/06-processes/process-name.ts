import { userError } from '../../base/error.ts';
import { isProcessType } from '../05-build-release-run/process-type.ts';

/** `web.1`: the first process of type `web`. */
export interface ProcessName {
  readonly type: string;
  /** From 1 on. */
  readonly index: number;
}

/** Far above any formation: a bound for what people type. */
const largestIndex = 99_999;

/** @throws PROCESS_NAME_INVALID */
export function parseProcessName(text: string): ProcessName {
  const dot = text.lastIndexOf('.');
  const type = text.slice(0, Math.max(dot, 0));
  const digits = text.slice(dot + 1);
  if (isProcessType(type) && /^[1-9][0-9]{0,4}$/.test(digits)) return { type, index: Number(digits) };
  throw userError(
    'PROCESS_NAME_INVALID',
    `Cannot find the process ${JSON.stringify(text.slice(0, 80))}: not a process name`,
    { hint: `Write a process type, a dot and a number from 1 to ${largestIndex}, for example web.1` },
  );
}

export function formatProcessName({ type, index }: ProcessName): string {
  return `${type}.${index}`;
}

/** The order in which people expect them: by type, then `web.2` before `web.10`. */
export function compareProcessNames(a: ProcessName, b: ProcessName): number {
  if (a.type !== b.type) return a.type < b.type ? -1 : 1;
  return a.index - b.index;
}
