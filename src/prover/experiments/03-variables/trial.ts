/** A deploy whose variables are tried, and how its processes are told of. */
import { masked, type PrintedOutput, type SecretText } from '../../../factors/03-config/probe-secrets.ts';
import type { Answer } from '../../lab/http.ts';
import type { Deploy, Ending, Lab } from '../../lab/lab.ts';
import { lastWords, type OutputLine, tellingLine } from '../../lab/output.ts';
import type { HttpRequest } from '../../scenario/scenario.ts';

export interface Trial {
  readonly lab: Lab;
  readonly deploy: Deploy;
  readonly secrets: readonly SecretText[];
  /** Of every process, filled as they are seen. */
  readonly outputs: PrintedOutput[];
  /** How long the slowest type took to become ready with all variables. */
  readonly normalMs: number;
}

const lastLinesKept = 12;
/** For a line that is written a moment after its cause. */
export const settleMs = 2_000;
export const lastWordsMs = 200;
export const answerMs = 5_000;
/** Processes of one round, at the most: the machine may have two cores. */
const groupSize = 2;

export async function inGroups<T, R>(
  list: readonly T[],
  work: (each: T) => Promise<R>,
): Promise<readonly R[]> {
  const done: R[] = [];
  for (let at = 0; at < list.length; at += groupSize)
    done.push(...(await Promise.all(list.slice(at, at + groupSize).map(work))));
  return done;
}

export function lastLines(output: readonly OutputLine[], secrets: readonly SecretText[]): readonly string[] {
  return lastWords(output, lastLinesKept).map(({ text }) => shorten(masked(text, secrets)));
}

export function endedWith(
  ending: Ending,
  output: readonly OutputLine[],
  secrets: readonly SecretText[],
): string {
  const telling = output.length === 0 ? 'it printed nothing' : tellingLine(output);
  return `it ended with ${howOf(ending)}: ${shorten(masked(telling, secrets))}`;
}

export const howOf = ({ signal, code }: Ending): string => signal ?? `code ${code}`;

export const shorten = (text: string): string => text.slice(0, 300);

export const titleOf = ({ method, path }: HttpRequest): string => `${method} ${path}`;

export const answerOf = ({ status, failure }: Answer): string => failure ?? String(status);
